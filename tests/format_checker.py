#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An independent checker of the mikoshi format, version 1, written from FORMAT.md alone.

    format_checker.py ledger LEDGER [NOTE...]       replay a ledger; check head (if it lies beside it) and snapshots
    format_checker.py receipt FILE MEMBER [PERIOD]  check one member's receipt
    format_checker.py document FORMAT.md            check the document's own examples (sections 14 and 15)

Prints a line for each thing verified and exits 0, or prints `ERROR_NAME: detail (seq N)` and exits 1.
`malformed` is its one word for text and shapes that are wrong, where the document has many.
"""

import base64
import calendar
import datetime
import functools
import hashlib
import json
import os
import re
import sys
import unicodedata


class Refused(Exception):
    def __init__(self, name, detail=""):
        super().__init__(name, detail)
        self.name, self.detail, self.seq = name, detail, None


def need(condition, name, detail=""):
    if not condition:
        raise Refused(name, detail)


def H(data):
    return hashlib.sha256(data).digest()


# ---- Section 2: canonical JSON

MAX_INT, MAX_LINE, MAX_DEPTH = 2**53 - 1, 65535, 16


def write_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def check_values(value, depth=0):
    if isinstance(value, (dict, list)):
        need(depth < MAX_DEPTH, "not_canonical", "nested more than 16 deep")
        if isinstance(value, dict):
            need(all(key.isascii() and "\0" not in key for key in value), "not_canonical", "a key is not ASCII")
            value = value.values()
        for inner in value:
            check_values(inner, depth + 1)
    elif isinstance(value, str):
        need("\0" not in value, "not_canonical", "U+0000")
    elif not isinstance(value, bool):
        need(isinstance(value, int) and -MAX_INT <= value <= MAX_INT, "not_canonical", "null, fraction or large number")


def parse_json(data):
    try:
        value = json.loads(data.decode("utf-8"))
        check_values(value)
        need(write_json(value) == data, "not_canonical", "written again it differs")
    except (ValueError, RecursionError) as error:
        raise Refused("not_canonical", str(error)[:80]) from None
    return value


# ---- Section 3: values. Each of these says whether a value has the spelling.

def pattern(expression):
    compiled = re.compile(expression)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


is_id = pattern(r"[a-z0-9._-]{1,64}")
is_hash = pattern(r"[0-9a-f]{64}")
is_purse = pattern(r"pool:[a-z0-9._-]{1,64}")
is_code = pattern(r"[A-Z0-9]{1,12}")
is_decimal = pattern(r"0|[1-9][0-9]{0,38}")
is_fraction = pattern(r"[0-9a-f]{16}")
is_text = pattern(r"(?s:.*)")
AMOUNT_LIMIT, WEIGHT_LIMIT = 2**127, 2**64


def is_amount(value):
    return is_decimal(value) and int(value) < AMOUNT_LIMIT


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT


@functools.lru_cache(4096)
def seconds(text):
    """A time as seconds since 1970, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text):
        return None
    try:
        when = calendar.timegm(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").timetuple())
    except ValueError:
        return None
    return when if text[17:19] < "60" and when >= 0 else None


def is_time(value):
    return isinstance(value, str) and seconds(value) is not None


def month_number(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def month_text(month):
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


FIRST_MONTH, LAST_MONTH = month_number("1970-02"), month_number("9999-11")


def is_period(value):
    return pattern(r"[0-9]{4}-(0[1-9]|1[0-2])")(value) and FIRST_MONTH <= month_number(value) <= LAST_MONTH


def month_start(month, offset):
    return calendar.timegm((month // 12, month % 12 + 1, 1, 0, 0, 0)) - offset


def month_of(when, offset):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=when + offset)
    return moment.year * 12 + moment.month - 1


def offset_seconds(text):
    size = int(text[1:3]) * 3600 + int(text[4:6]) * 60
    return -size if text[0] == "-" else size


def is_offset(value):
    return (pattern(r"[+-][0-9]{2}:[0-5][0-9]")(value) and value != "-00:00"
            and abs(offset_seconds(value)) <= 14 * 3600)


def is_object(**fields):
    """An object with exactly these fields; a name that ends in _opt may be absent."""
    required = {name: test for name, test in fields.items() if not name.endswith("_opt")}
    optional = {name[:-4]: test for name, test in fields.items() if name.endswith("_opt")}

    def check(value):
        return (isinstance(value, dict) and required.keys() <= value.keys()
                and value.keys() <= required.keys() | optional.keys()
                and all((required.get(k) or optional.get(k))(v) for k, v in value.items()))
    return check


def is_array(test):
    return lambda value: isinstance(value, list) and all(map(test, value))


def is_map(test):
    return lambda value: isinstance(value, dict) and all(is_id(k) and test(v) for k, v in value.items())


def is_word(*words):
    return lambda value: value in words


# ---- Section 4 and the tables of section 5: the fields of lines, and who may say them

is_evidence = is_object(file=is_hash, row_opt=is_count)
is_outcome = is_object(digest=is_hash, distributed=is_amount, payees=is_count, payout_root=is_hash, recouped=is_amount,
                       undivided_after=is_amount, undivided_before=is_amount, **{"in": is_amount})
is_distribution = is_object(id=is_id, outcome=is_outcome, period=is_period)
is_any = lambda value: True  # noqa: E731  (checked by the event's own rules, which have a name for it)

ENVELOPE = dict(at=is_time, channel_opt=is_id, message_opt=is_hash, on_opt=is_time, seq=is_count, kind=is_id,
                voice=is_word("operator", "relayed"))
EVENTS = {
    "dao": dict(currency=is_object(code=is_text, exponent=is_count), format=is_count, offset=is_offset, salt=is_hash,
                stewards=is_array(is_object(key=is_hash, name=is_id)), threshold=is_count),
    "member.join": dict(label_opt=is_hash, member=is_id),
    "member.leave": dict(member=is_id),
    "member.rejoin": dict(member=is_id),
    "ticket.class": {"class": is_id, "supply_opt": is_count, "transfer": is_word("free", "locked"), "weight": is_count},
    "ticket.mint": {"class": is_id, "ticket": is_id, "to": is_id},
    "ticket.transfer": {"from": is_id, "ticket": is_id, "to": is_id},
    "ticket.burn": {"from": is_id, "ticket": is_id},
    "contribution.kind": dict(type=is_id, weight=is_count),
    "contribution": dict(confirmed_opt=is_id, evidence_opt=is_evidence, id=is_id, member=is_id, period=is_period,
                         points=is_count, type=is_id),
    "contribution.confirm": dict(by=is_id, id=is_id),
    "contribution.correct": dict(id=is_id, points=is_count),
    "income": dict(amount=is_amount, currency=is_text, evidence_opt=is_evidence, id=is_id, period=is_period),
    "income.correct": dict(amount=is_amount, id=is_id),
    "opening": dict(amount=is_amount, currency=is_text, evidence_opt=is_evidence, id=is_id,
                    to=lambda value: is_id(value) or is_purse(value)),
    "payment": dict(amount=is_amount, currency=is_text, id=is_id, member=is_id),
    "payment.sent": dict(id=is_id),
    "payment.settled": dict(amount=is_amount, evidence_opt=is_evidence, id=is_id),
    "payment.failed": dict(amount=is_amount, evidence_opt=is_evidence, id=is_id),
    "charter": {"from": is_period, "id": is_id, "rules": is_any},
    "draft": dict(charter=is_hash, id=is_id, outcome=is_outcome, period=is_period, record=is_count),
    "void": dict(draft=is_id),
    "approve": dict(draft=is_id),
    "statement": dict(charter=is_hash, currency=is_text, distributions=is_array(is_distribution),
                      members=is_object(count=is_count, root=is_hash)),
}
RELAYED = {"member.join", "member.leave", "member.rejoin", "ticket.mint", "ticket.transfer", "ticket.burn",
           "contribution", "contribution.confirm", "income"}
IS_LINE = {kind: is_object(**ENVELOPE, **fields) for kind, fields in EVENTS.items()}


def parse_line(data):
    need(len(data) <= MAX_LINE, "malformed", "the line is too long")
    line = parse_json(data)
    need(isinstance(line, dict), "malformed", "the line is not an object")
    kind = line.get("kind")
    need(isinstance(kind, str) and kind in EVENTS, "malformed", f"unknown kind {kind!r}")
    if not IS_LINE[kind](line):
        fields = {**ENVELOPE, **EVENTS[kind]}
        tests = {name.removesuffix("_opt"): test for name, test in fields.items()}
        bad = sorted({k for k in line if k not in tests or not tests[k](line[k])}
                     | {k for k in fields if not k.endswith("_opt") and k not in line})
        raise Refused("malformed", f"{kind}: unknown, missing or wrong field; see {', '.join(bad)}")
    return line


# ---- Section 7: the charter's rules

NODE_KINDS = ({"to"}, {"pool", "split"}, {"among", "else", "pool"}, {"among", "else", "pool", "rule"})
WEIGHTS = ("tickets", "ticket-seconds", "contributions", "equal")


def bad_charter_unless(condition, detail):
    need(condition, "bad_charter", detail)


def branch_name(node):
    return node["to"] if "to" in node else node["pool"]


def children(node):
    return [child for _, child in node.get("split", [])] + ([node["else"]] if "else" in node else [])


def pools_of(node):
    """Every pool at or below a node, with its sort: what the next charter has to keep."""
    found = {}
    if "split" in node:
        found[node["pool"]] = ("split", frozenset(branch_name(child) for child in children(node)))
    elif "among" in node:
        found[node["pool"]] = ("among", node.get("rule", "carry"))
    for child in children(node):
        found.update(pools_of(child))
    return found


def check_node(node, seen, depth):
    bad_charter_unless(depth <= 16, "nodes nest more than 16 deep")
    bad_charter_unless(isinstance(node, dict) and set(node) in NODE_KINDS, "not a node")
    if "to" in node:
        bad_charter_unless(is_purse(node["to"]), "a purse is pool:NAME")
        return
    bad_charter_unless(is_id(node["pool"]) and node["pool"] not in seen, "a pool is an id, named once")
    seen.add(node["pool"])
    if "among" in node:
        bad_charter_unless(node["among"] in WEIGHTS, "unknown weight")
        bad_charter_unless(node.get("rule", "carry") in ("carry", "hamilton"), "unknown rule")
    else:
        split = node["split"]
        bad_charter_unless(isinstance(split, list) and 1 <= len(split) <= 1000, "1 to 1000 branches")
        for branch in split:
            bad_charter_unless(isinstance(branch, list) and len(branch) == 2 and is_count(branch[0])
                               and 1 <= branch[0] <= 10**9, "a branch is [PARTS, NODE]")
    for child in children(node):
        check_node(child, seen, depth + 1)
    if "split" in node:
        names = [branch_name(child) for child in children(node)]
        bad_charter_unless(len(set(names)) == len(names), "two branches of one name")


def check_rules(rules, before):
    bad_charter_unless(isinstance(rules, dict) and {"root"} <= rules.keys() <= {"root", "minimum"}, "rules")
    bad_charter_unless(is_amount(rules.get("minimum", "0")), "minimum")
    check_node(rules["root"], set(), 1)
    now, then = pools_of(rules["root"]), pools_of(before["root"]) if before else {}
    for name in now.keys() & then.keys():
        bad_charter_unless(now[name] == then[name], f"pool {name} changes its sort")


# ---- Section 8: dividing

GRACE, UNIT = 2**32, 2**64


class Pool:
    def __init__(self, other=None):
        self.dust = other.dust if other else 0
        self.undivided = other.undivided if other else 0
        self.fraction = dict(other.fraction) if other else {}
        self.paid = dict(other.paid) if other else {}

    def carry(self, amount, weights):
        total = sum(weights.values())
        if amount == 0 or total == 0:
            return {}
        pays, t, given = {}, amount * UNIT + self.dust, 0
        for name, weight in weights.items():
            if weight > 0:
                part = t * weight // total
                given += part
                pays[name], self.fraction[name] = divmod(self.fraction.get(name, GRACE) + part, UNIT)
        self.dust = t - given
        self.undivided += amount - sum(pays.values())
        return pays

    def close(self, weights):
        """The units that the closing gives, one each."""
        names = self.fraction.keys() | {name for name, weight in weights.items() if weight > 0}
        order = sorted(names, key=lambda name: (-self.fraction.get(name, GRACE), name))
        return order[:self.undivided]


def hamilton(amount, weights):
    total = sum(weights.values())
    pays = {name: amount * weight // total for name, weight in weights.items() if weight > 0}
    order = sorted(pays, key=lambda name: (-(amount * weights[name] % total), name))
    for name in order[:amount - sum(pays.values())]:
        pays[name] += 1
    return pays


class Distribution:
    """What a month's distribution would be; it changes nothing of the ledger's state."""

    def __init__(self, state, month):
        self.state, self.month = state, month
        self.charter, following = state.charter_of(month), state.charter_of(month + 1)
        self.ends = (pools_of(self.charter["rules"]["root"]).keys() - pools_of(following["rules"]["root"]).keys()
                     if following is not self.charter else set())
        self.counting = [c for c in state.contributions.values() if state.counts_in(c, month)]
        self.shares, self.got, self.pools = [], {}, {}
        income = sum(i["waiting"] for i in state.incomes.values() if i["month"] == month)
        self.recouped = min(income, state.deficit)
        self.visit(self.charter["rules"]["root"], "/root", income - self.recouped)
        leaves = self.payout_leaves()
        self.total, root = payout_tree([(amount, H(b"\0" + text)) for amount, text in leaves])
        self.digest = H(b"".join(self.shares)).hex()
        kept = lambda pools: str(sum(pool.undivided for pool in pools.values()))
        self.outcome = {
            "digest": self.digest, "distributed": str(self.total), "in": str(income - self.recouped),
            "payees": len(leaves), "payout_root": root.hex(), "recouped": str(self.recouped),
            "undivided_after": kept({**state.pools, **self.pools}), "undivided_before": kept(state.pools)}
        need(balances(self.outcome), "payout_mismatch", "the distribution does not balance")

    def share(self, path, payee, pay, weight, fraction=GRACE):
        self.shares.append(write_json({"fraction": f"{fraction:016x}", "path": path, "pay": str(pay), "payee": payee,
                                       "weight": str(weight)}) + b"\n")

    def visit(self, node, path, amount):
        if "to" in node:
            self.got[node["to"]] = self.got.get(node["to"], 0) + amount
            self.share(path, node["to"], amount, 0)
            return
        name, among = node["pool"], "among" in node
        pool = Pool(self.state.pools.get(name))
        weights = (self.weights(node["among"]) if among
                   else {branch_name(child): parts for parts, child in node["split"]})
        passed_on = amount if not any(weights.values()) else 0
        if node.get("rule") == "hamilton":
            pays = hamilton(amount, weights) if amount > passed_on else {}
        else:
            pays = pool.carry(amount - passed_on, weights)
        if name in self.ends:
            for payee in pool.close(weights):
                pays[payee] = pays.get(payee, 0) + 1
            pool = Pool()
        payees = (sorted(p for p in weights.keys() | pays.keys() if weights.get(p, 0) or pays.get(p, 0)) if among
                  else list(weights))
        for payee in payees:
            pay = pays.get(payee, 0)
            self.share(path, payee, pay, weights.get(payee, 0), pool.fraction.get(payee, GRACE))
            if among:
                self.got[payee] = self.got.get(payee, 0) + pay
                pool.paid[payee] = pool.paid.get(payee, 0) + pay
        self.pools[name] = pool
        if among:
            if not any(weights.values()) or self.ends & pools_of(node["else"]).keys():
                self.visit(node["else"], path + "/else", passed_on)
        else:
            for index, (_, child) in enumerate(node["split"]):
                self.visit(child, f"{path}/split/{index}", pays.get(branch_name(child), 0))

    def contribution_weights(self):
        weighs = {}
        for c in self.counting:
            weighs[c["member"]] = weighs.get(c["member"], 0) + c["weight"] * (c["points"] - c["counted"])
        return weighs

    def weights(self, kind):
        state, found = self.state, {}
        start, end = month_start(self.month, state.offset), month_start(self.month + 1, state.offset)
        there = {name for name, m in state.members.items() if is_there(m, end - 1)}
        if kind == "equal":
            found = {name: 1 for name in there}
        elif kind == "contributions":
            found = {name: max(0, weight - state.members[name]["debt"])
                     for name, weight in self.contribution_weights().items()}
        for ticket in state.tickets.values() if kind.startswith("ticket") else ():
            for (since, holder), (until, _) in zip(ticket["moves"], ticket["moves"][1:] + [(end, None)]):
                if holder is None:
                    continue
                if kind == "ticket-seconds":
                    amount = sum(max(0, min(until, end, leave if leave is not None else end) - max(since, start, come))
                                 for come, leave in state.members[holder]["stays"])
                else:
                    amount = since < end <= until and holder in there
                found[holder] = found.get(holder, 0) + state.classes[ticket["class"]]["weight"] * amount
        need(sum(found.values()) < WEIGHT_LIMIT, "weight_overflow", kind)
        return found

    def payout_leaves(self):
        return [(amount, write_json({"amount": str(amount), "payee": payee, "period": month_text(self.month)}))
                for payee, amount in sorted(self.got.items()) if amount > 0]


def balances(outcome):
    return (int(outcome["in"]) + int(outcome["undivided_before"])
            == int(outcome["distributed"]) + int(outcome["undivided_after"]))


def is_there(member, when):
    return any(come <= when and (leave is None or when < leave) for come, leave in member["stays"])


# ---- Section 9: trees

def tree(leaves, join, none):
    if not leaves:
        return none
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return join(tree(leaves[:k], join, none), tree(leaves[k:], join, none))


def hash_join(left, right):
    return H(b"\1" + left + right)


def payout_join(left, right):
    (s, h), (t, g) = left, right
    return s + t, H(b"\2" + s.to_bytes(32, "big") + h + t.to_bytes(32, "big") + g)


def hash_tree(texts):
    return tree([H(b"\0" + text) for text in texts], hash_join, H(b""))


def payout_tree(leaves):
    return tree(leaves, payout_join, (0, H(b"")))


def climb(leaf, index, count, path, join):
    need(index < count, "proof_index_out_of_range", f"{index} of {count}")
    sides = []
    while count > 1:
        k = 1 << (count - 1).bit_length() - 1
        sides.append(index >= k)
        index, count = (index - k, count - k) if index >= k else (index, k)
    need(len(path) == len(sides), "proof_wrong_length", f"{len(path)} siblings, not {len(sides)}")
    for sibling, on_left in zip(path, reversed(sides)):
        leaf = join(sibling, leaf) if on_left else join(leaf, sibling)
    return leaf


# ---- Sections 4 to 8: the state, and what each line does to it

class State:
    def __init__(self):
        self.leaves, self.last_at, self.statements = [], 0, set()
        self.members, self.classes, self.tickets, self.kinds = {}, {}, {}, {}
        self.contributions, self.incomes, self.openings, self.payments = {}, {}, {}, {}
        self.charters, self.drafts, self.pools, self.purses = [], {}, {}, {}
        self.evidence, self.total_in, self.deficit = {}, 0, 0
        self.last_closed, self.waiting, self.distributions = None, [], []

    # Section 4
    def apply(self, data):
        line = parse_line(data)
        kind, at = line["kind"], seconds(line["at"])
        need(line["seq"] == len(self.leaves), "chain_broken", f"seq is {line['seq']}")
        need(at >= self.last_at, "time_not_monotone", line["at"])
        need(seconds(line.get("on", line["at"])) <= at, "time_in_future", line.get("on"))
        for field in ("channel", "message"):
            need((field in line) == (line["voice"] == "relayed"), "malformed", f"{field} with voice {line['voice']}")
        need(line["voice"] == "operator" or kind in RELAYED, "unauthorised", kind)
        need((kind == "dao") == (not self.leaves), "not_first_line", kind)
        need(FIRST_MONTH <= month_of(at, 0) <= LAST_MONTH, "bad_time", line["at"])
        self.seq, self.at, self.when = line["seq"], at, seconds(line.get("on", line["at"]))
        getattr(self, kind.replace(".", "_"))(line)
        self.leaves.append(H(b"\0" + data))
        self.last_at = at
        return line

    def check_evidence(self, line):
        if "evidence" not in line:
            return
        file, row = line["evidence"]["file"], line["evidence"].get("row")
        need(row != 0, "bad_number", "row 0")
        rows = self.evidence.get(file)
        need(rows is None or (row is not None and None not in rows and row not in rows), "duplicate_evidence", file)

    def keep_evidence(self, line):
        if "evidence" in line:
            self.evidence.setdefault(line["evidence"]["file"], set()).add(line["evidence"].get("row"))

    # Section 6: closed months, and the DAO
    def open_month(self):
        if not self.charters:
            return None
        return self.charters[0]["from"] if self.last_closed is None else self.last_closed + 1

    def need_open(self):
        need(self.last_closed is None or self.when >= month_start(self.last_closed + 1, self.offset), "period_closed",
             "it happened in a closed month")

    def need_begun(self, line):
        need(month_start(month_number(line["period"]), self.offset) <= self.at, "future_period", line["period"])

    def dao(self, line):
        check_dao(line)
        self.currency, self.offset = line["currency"]["code"], offset_seconds(line["offset"])
        self.stewards, self.threshold = line["stewards"], line["threshold"]

    # Section 6: members
    def member(self, name):
        need(name in self.members, "no_such_member", name)
        return self.members[name]

    def member_join(self, line):
        need(line["member"] not in self.members, "already_member", line["member"])
        self.need_open()
        self.members[line["member"]] = {"stays": [[self.when, None]], "last": self.when, "owed": 0, "debt": 0}

    def member_leave(self, line):
        member = self.member(line["member"])
        need(member["stays"][-1][1] is None, "not_member", line["member"])
        need(self.when >= member["last"], "before_last_move", line["member"])
        self.need_open()
        member["stays"][-1][1] = member["last"] = self.when

    def member_rejoin(self, line):
        member = self.member(line["member"])
        need(member["stays"][-1][1] is not None, "already_member", line["member"])
        need(self.when >= member["last"], "before_last_move", line["member"])
        self.need_open()
        member["stays"].append([self.when, None])
        member["last"] = self.when

    # Section 6: tickets
    def ticket_class(self, line):
        need(line["class"] not in self.classes, "conflict", line["class"])
        need(line["weight"] <= 1_000_000, "too_large", "weight")
        self.classes[line["class"]] = {"weight": line["weight"], "free": line["transfer"] == "free",
                                       "supply": line.get("supply"), "minted": 0}

    def ticket_mint(self, line):
        need(line["class"] in self.classes, "no_such_class", line["class"])
        group = self.classes[line["class"]]
        need(line["ticket"] not in self.tickets, "ticket_exists", line["ticket"])
        need(is_there(self.member(line["to"]), self.when), "not_member", line["to"])
        need(group["supply"] is None or group["minted"] < group["supply"], "supply_exceeded", line["class"])
        self.need_open()
        group["minted"] += 1
        self.tickets[line["ticket"]] = {"class": line["class"], "moves": [(self.when, line["to"])]}

    def held_ticket(self, line, *members):
        need(line["ticket"] in self.tickets, "no_such_ticket", line["ticket"])
        ticket = self.tickets[line["ticket"]]
        moved, holder = ticket["moves"][-1]
        need(holder is not None, "ticket_burned", line["ticket"])
        for name in members:
            self.member(name)
        need(holder == line["from"], "not_holder", line["from"])
        need(self.when >= moved, "before_last_move", line["ticket"])
        self.need_open()
        return ticket

    def ticket_transfer(self, line):
        need(line["from"] != line["to"], "self_transfer", line["to"])
        ticket = self.held_ticket(line, line["from"], line["to"])
        need(self.classes[ticket["class"]]["free"], "not_transferable", ticket["class"])
        for name in (line["from"], line["to"]):
            need(is_there(self.members[name], self.when), "not_member", name)
        ticket["moves"].append((self.when, line["to"]))

    def ticket_burn(self, line):
        self.held_ticket(line, line["from"])["moves"].append((self.when, None))

    # Section 6: contributions
    def contribution_kind(self, line):
        need(line["type"] not in self.kinds, "conflict", line["type"])
        self.kinds[line["type"]] = line["weight"]

    def contribution(self, line):
        need(line["id"] not in self.contributions, "conflict", line["id"])
        for field in ("member", "confirmed"):
            self.member(line.get(field, line["member"]))
        need(line["type"] in self.kinds, "no_such_kind", line["type"])
        self.need_begun(line)
        need(line.get("confirmed") != line["member"], "self_confirmation", line["member"])
        self.check_evidence(line)
        self.keep_evidence(line)
        by_row = line["voice"] == "operator" and "row" in line.get("evidence", {})
        self.contributions[line["id"]] = {
            "member": line["member"], "weight": self.kinds[line["type"]], "period": month_number(line["period"]),
            "points": line["points"], "counted": 0, "was_counted": False, "waits": True, "by_row": by_row,
            "confirmed": by_row or "confirmed" in line}

    def counts_in(self, c, month):
        return c["waits"] and c["confirmed"] and self.charters[0]["from"] <= c["period"] <= month

    def contribution_confirm(self, line):
        need(line["id"] in self.contributions, "no_such_record", line["id"])
        record = self.contributions[line["id"]]
        self.member(line["by"])
        need(line["by"] != record["member"], "self_confirmation", line["by"])
        need(not record["confirmed"], "conflict", "it is confirmed")
        record["confirmed"] = True

    def contribution_correct(self, line):
        need(line["id"] in self.contributions, "no_such_record", line["id"])
        record, points = self.contributions[line["id"]], line["points"]
        member = self.members[record["member"]]
        less = max(0, record["counted"] - points)
        need(member["debt"] + record["weight"] * less < WEIGHT_LIMIT, "weight_overflow", "debt")
        if points > record["points"] and not record["by_row"]:
            record["confirmed"] = False
        if record["was_counted"]:
            member["debt"] += record["weight"] * less
            record["waits"] = points > record["counted"]
            record["counted"] -= less
        record["points"] = points

    # Section 6: income and openings
    def need_currency(self, line):
        need(line["currency"] == self.currency, "mixed_assets", line["currency"])

    def add_total(self, more):
        need(self.total_in + more < AMOUNT_LIMIT, "amount_too_large", "all that came in")
        self.total_in += more

    def income(self, line):
        need(line["id"] not in self.incomes, "conflict", line["id"])
        self.need_currency(line)
        need(self.charters, "no_charter")
        self.need_begun(line)
        self.check_evidence(line)
        amount, period = int(line["amount"]), month_number(line["period"])
        self.add_total(amount)
        self.keep_evidence(line)
        self.incomes[line["id"]] = {"amount": amount, "period": period, "month": max(period, self.open_month()),
                                    "waiting": amount, "distributed": 0}

    def income_correct(self, line):
        need(line["id"] in self.incomes, "no_such_record", line["id"])
        record, amount = self.incomes[line["id"]], int(line["amount"])
        taken = max(record["distributed"] - amount, 0)
        self.add_total(amount - record["amount"] + taken)
        record.update(amount=amount, month=max(record["period"], self.open_month()),
                      waiting=max(amount - record["distributed"], 0), distributed=min(record["distributed"], amount))
        self.deficit += taken

    def opening(self, line):
        need(line["id"] not in self.openings, "conflict", line["id"])
        self.need_currency(line)
        need(self.last_closed is None, "period_closed", "a month is closed")
        amount, to = int(line["amount"]), line["to"]
        if not is_purse(to):
            self.member(to)
        self.check_evidence(line)
        self.add_total(amount)
        self.keep_evidence(line)
        self.openings[line["id"]] = amount
        self.receive(to, amount)

    def receive(self, to, amount):
        if is_purse(to):
            self.purses[to] = self.purses.get(to, 0) + amount
        else:
            self.members[to]["owed"] += amount

    # Section 6: payments
    def standing_charter(self):
        """The charter of the last closed month, else the first."""
        if not self.charters:
            return None
        return self.charters[0] if self.last_closed is None else self.charter_of(self.last_closed)

    def payment(self, line):
        need(line["id"] not in self.payments, "conflict", line["id"])
        self.need_currency(line)
        member, amount, charter = self.member(line["member"]), int(line["amount"]), self.standing_charter()
        need(amount <= member["owed"], "owed_exceeded", f"{amount} of {member['owed']}")
        minimum = int(charter["rules"].get("minimum", "0")) if charter and member["stays"][-1][1] is None else 0
        need(amount >= max(1, minimum), "below_minimum", line["amount"])
        member["owed"] -= amount
        self.payments[line["id"]] = {"member": line["member"], "amount": amount, "state": "planned"}

    def payment_sent(self, line):
        need(line["id"] in self.payments, "no_such_payment", line["id"])
        need(self.payments[line["id"]]["state"] == "planned", "conflict", "not planned")
        self.payments[line["id"]]["state"] = "sent"

    def end_payment(self, line):
        need(line["id"] in self.payments, "no_such_payment", line["id"])
        record = self.payments[line["id"]]
        need(int(line["amount"]) == record["amount"], "wrong_amount", line["amount"])
        need(record["state"] != "ended", "conflict", "it has ended")
        self.check_evidence(line)
        self.keep_evidence(line)
        record["state"] = "ended"
        return record

    def payment_settled(self, line):
        self.end_payment(line)

    def payment_failed(self, line):
        record = self.end_payment(line)
        self.members[record["member"]]["owed"] += record["amount"]

    # Section 7: charters
    def charter(self, line):
        need(line["id"] not in [c["id"] for c in self.charters], "conflict", line["id"])
        check_rules(line["rules"], self.charters[-1]["rules"] if self.charters else None)
        start = month_number(line["from"])
        if not self.charters:
            need(start <= month_of(self.at, self.offset) + 24, "future_period", line["from"])
        else:
            need(month_start(start, self.offset) > self.at and start > self.charters[-1]["from"], "charter_too_late",
                 line["from"])
        self.charters.append({"id": line["id"], "from": start, "rules": line["rules"],
                              "hash": H(write_json(line["rules"])).hex()})

    def charter_of(self, month):
        return [c for c in self.charters if c["from"] <= month][-1]

    # Section 8: drafts, approvals, statements
    def draft(self, line):
        need(line["id"] not in self.drafts, "conflict", line["id"])
        month = month_number(line["period"])
        need(self.at >= month_start(month + 1, self.offset), "period_not_over", line["period"])
        need(self.charters, "no_charter")
        need(month >= self.open_month(), "period_closed", line["period"])
        need(month == self.open_month(), "period_out_of_order", line["period"])
        computed = Distribution(self, month)
        need(line["record"] == line["seq"], "stale_draft", "record is not its seq")
        need(line["charter"] == computed.charter["hash"], "payout_mismatch", "charter")
        differing = [k for k in computed.outcome if computed.outcome[k] != line["outcome"][k]]
        need(not differing, "payout_mismatch", "it does not recompute: " + ", ".join(differing))
        for other in self.drafts.values():
            if other["state"] == "open":
                other["state"] = "void"
        self.drafts[line["id"]] = {"month": month, "outcome": line["outcome"], "state": "open"}

    def void(self, line):
        need(line["draft"] in self.drafts, "no_such_draft", line["draft"])
        need(self.drafts[line["draft"]]["state"] == "open", "conflict", "not open")
        self.drafts[line["draft"]]["state"] = "void"

    def approve(self, line):
        need(line["draft"] in self.drafts, "no_such_draft", line["draft"])
        draft = self.drafts[line["draft"]]
        need(draft["state"] == "open", "conflict", "not open")
        computed = Distribution(self, draft["month"])
        need(computed.outcome == draft["outcome"], "stale_draft", line["draft"])
        need(len(self.waiting) < 100, "too_many", "approved months wait for a statement")
        draft["state"] = "approved"
        self.close_month(computed)
        self.waiting.append({"id": line["draft"], "outcome": draft["outcome"], "period": month_text(draft["month"])})
        self.distributions.append(computed)

    def close_month(self, computed):
        for name, amount in computed.got.items():
            self.receive(name, amount)
        for name, pool in computed.pools.items():
            self.pools[name] = pool
            if name in computed.ends:
                del self.pools[name]
        for name, weighs in computed.contribution_weights().items():
            self.members[name]["debt"] -= min(self.members[name]["debt"], weighs)
        for record in computed.counting:
            record.update(counted=record["points"], was_counted=True, waits=False)
        for record in self.incomes.values():
            if record["month"] == computed.month:
                record["distributed"] += record["waiting"]
                record["waiting"] = 0
        self.deficit -= computed.recouped
        self.last_closed = computed.month

    def member_leaves(self):
        holds = {name: {} for name in self.members}
        for ticket in self.tickets.values():
            holder, group = ticket["moves"][-1][1], ticket["class"]
            if holder is not None:
                holds[holder][group] = holds[holder].get(group, 0) + 1
        entitled = {name: {} for name in self.members}
        sorts = {}
        for charter in self.charters:
            sorts.update(pools_of(charter["rules"]["root"]))
        for pool_name, pool in self.pools.items():
            if sorts[pool_name] != ("among", "carry"):
                continue
            for name in pool.fraction.keys() | pool.paid.keys():
                fraction, paid = pool.fraction.get(name, GRACE), pool.paid.get(name, 0)
                if paid or fraction != GRACE:
                    entitled[name][pool_name] = {"fraction": f"{fraction:016x}", "paid": str(paid)}
        return [write_json({"entitled": entitled[name], "holds": holds[name], "member": name,
                            "owed": str(member["owed"])}) for name, member in sorted(self.members.items())]

    def statement(self, line):
        need(self.charters, "no_charter")
        need(line["charter"] == self.standing_charter()["hash"], "payout_mismatch", "charter")
        need(line["currency"] == self.currency, "payout_mismatch", "currency")
        need(line["distributions"] == self.waiting, "payout_mismatch", "distributions")
        leaves = self.member_leaves()
        need(line["members"]["count"] == len(leaves), "payout_mismatch", "number of members")
        need(line["members"]["root"] == hash_tree(leaves).hex(), "payout_mismatch", "member tree")
        self.waiting = []
        self.statements.add(self.seq)


def check_dao(line):
    need(line["format"] == 1, "unsupported_version", line["format"])
    need(is_code(line["currency"]["code"]) and line["currency"]["exponent"] <= 30, "bad_currency", line["currency"])
    stewards, k = line["stewards"], line["threshold"]
    need(len(stewards) <= 256, "too_many", "stewards")
    names = [steward["name"] for steward in stewards]
    need(names == sorted(set(names)), "conflict", "stewards do not ascend by name")
    need(len({steward["key"] for steward in stewards}) == len(stewards), "conflict", "two stewards of one key")
    need(0 < k <= len(stewards) < 2 * k, "bad_threshold", f"{k} of {len(stewards)}")


def read_lines(data):
    need(data.endswith(b"\n"), "malformed", "the last line has no newline, or there is none")
    return data[:-1].split(b"\n")


def replay(data):
    state = State()
    for number, line in enumerate(read_lines(data)):
        try:
            state.apply(line)
        except Refused as refused:
            refused.seq = number
            raise
    return state


# ---- Section 10: snapshots, and BIP-340 over secp256k1

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8, 1)


def double(p):
    x, y, z = p
    if z == 0:
        return p
    yy = y * y % P
    s, m = 4 * x * yy % P, 3 * x * x % P
    nx = (m * m - 2 * s) % P
    return nx, (m * (s - nx) - 8 * yy * yy) % P, 2 * y * z % P


def add(p, q):
    if p[2] == 0 or q[2] == 0:
        return q if p[2] == 0 else p
    (x1, y1, z1), (x2, y2, z2) = p, q
    za, zb = z1 * z1 % P, z2 * z2 % P
    u1, u2, s1, s2 = x1 * zb % P, x2 * za % P, y1 * z2 * zb % P, y2 * z1 * za % P
    if u1 == u2:
        return double(p) if s1 == s2 else (1, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * z1 * z2 % P


def tagged(tag, data):
    return H(H(tag) * 2 + data)


def schnorr_verifies(key, message, signature):
    x, r, s = (int.from_bytes(b, "big") for b in (key, signature[:32], signature[32:]))
    if x >= P or r >= P or s >= N:
        return False
    square = (pow(x, 3, P) + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return False
    e = N - int.from_bytes(tagged(b"BIP0340/challenge", signature[:32] + key + message), "big") % N
    point = (x, y if y % 2 == 0 else P - y, 1)
    both, result = add(G, point), (1, 1, 0)
    for bit in range(255, -1, -1):
        result = double(result)
        if s >> bit & 1 or e >> bit & 1:
            result = add(result, both if s >> bit & e >> bit & 1 else G if s >> bit & 1 else point)
    if result[2] == 0:
        return False
    inverse = pow(result[2], -1, P)
    return result[1] * inverse**3 % P % 2 == 0 and result[0] * inverse**2 % P == r


def unbase64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Refused("malformed", "not base64") from None
    need(base64.b64encode(data).decode() == text, "malformed", "base64 is not canonical")
    return data


def as_text(data):
    try:
        text = data.decode("utf-8")
    except ValueError:
        raise Refused("malformed", "not UTF-8") from None
    need(all(c == "\n" or unicodedata.category(c) != "Cc" for c in text), "malformed", "control characters")
    return text


def parse_note(data):
    head, gap, tail = as_text(data).partition("\n\n")
    lines = head.split("\n")
    need(gap and len(lines) == 3 and lines[0].startswith("mikoshi/") and is_hash(lines[0][8:])
         and is_decimal(lines[1]), "malformed", "not a snapshot")
    root = unbase64(lines[2])
    need(len(root) == 32 and tail.endswith("\n"), "malformed", "root, or no signature")
    signatures = {}
    for line in tail[:-1].split("\n"):
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014" and parts[1], "malformed", "signature line")
        blob = unbase64(parts[2])
        need(len(blob) > 4, "malformed", "a signature line has more than its key id")
        need((parts[1], blob[:4]) not in signatures, "malformed", "two signatures of one name and key id")
        signatures[parts[1], blob[:4]] = blob[4:]
    need(len(signatures) <= 256, "malformed", "more than 256 signatures")
    return {"dao": lines[0][8:], "size": int(lines[1]), "root": root, "text": (head + "\n").encode(),
            "signatures": signatures}


def check_signatures(note, stewards, threshold):
    message, signed = tagged(b"mikoshi/snapshot/v1", note["text"]), []
    for steward in stewards:
        name, key = steward["name"], bytes.fromhex(steward["key"])
        key_id = H(name.encode() + b"\n\xffmikoshi/bip340" + key)[:4]
        signature = note["signatures"].get((name, key_id))
        if signature is not None:
            need(len(signature) == 64 and schnorr_verifies(key, message, signature), "bad_signature", name)
            signed.append(name)
    need(len(signed) >= threshold, "quorum_not_met", f"{len(signed)} signed, {threshold} have to")
    return (f"signed by {', '.join(signed)}: {len(signed)} of {len(stewards)}, {threshold} needed "
            "(stewards as line 0 names them)")


def check_note(data, state):
    note = parse_note(data)
    need(note["dao"] == state.leaves[0].hex(), "wrong_domain", "another DAO's snapshot")
    need(0 < note["size"] <= len(state.leaves), "proof_index_out_of_range", f"size {note['size']}")
    need(tree(state.leaves[:note["size"]], hash_join, b"") == note["root"], "root_mismatch",
         f"root of {note['size']} lines")
    need(note["size"] - 1 in state.statements, "no_snapshot", "its last line is not a statement")
    signed = check_signatures(note, state.stewards, state.threshold)
    print(f"snapshot of {note['size']} lines, hash {H(note['text']).hex()}, {signed}")


# ---- Section 11: receipts

is_standing_leaf = is_object(entitled=is_map(is_object(fraction=is_fraction, paid=is_amount)), holds=is_map(is_count),
                             member=is_id, owed=is_amount)
is_payout = is_object(
    index=is_count, leaf=is_object(amount=is_amount, payee=lambda v: is_id(v) or is_purse(v), period=is_period),
    path=is_array(is_object(hash=is_hash, sum=is_amount)))
is_body = is_object(dao=is_text, payouts=is_array(is_payout), statement=is_text,
                    standing=is_object(index=is_count, leaf=is_standing_leaf, path=is_array(is_hash)))


def parse_receipt(data):
    head, gap, tail = as_text(data).partition("\n\n")
    lines = head.split("\n")
    need(gap and len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ")
         and lines[2].startswith("index ") and is_decimal(lines[2][6:]), "bad_receipt", "not a receipt")
    body = parse_json(unbase64(lines[1][6:]))
    need(is_body(body), "bad_receipt", "the body's fields")
    path = [unbase64(line) for line in lines[3:]]
    need(len(path) <= 64 and all(len(item) == 32 for item in path), "bad_receipt", "the proof's hashes")
    return body, int(lines[2][6:]), path, parse_note(tail.encode())


def check_payout(payout, member, distributions):
    leaf = payout["leaf"]
    need(leaf["payee"] == member, "wrong_member", f"a payout of {leaf['payee']}")
    need(leaf["period"] in distributions, "wrong_period", leaf["period"])
    outcome = distributions[leaf["period"]]["outcome"]
    path = [(int(item["sum"]), bytes.fromhex(item["hash"])) for item in payout["path"]]
    start = (int(leaf["amount"]), H(b"\0" + write_json(leaf)))
    top = climb(start, payout["index"], outcome["payees"], path, payout_join)
    need(top == (int(outcome["distributed"]), bytes.fromhex(outcome["payout_root"])), "proof_mismatch", "payout")
    print(f"payout: {leaf['amount']} for {leaf['period']}, leaf {payout['index']} of {outcome['payees']}")


def check_receipt(data, member, period=None):
    body, seq, path, note = parse_receipt(data)
    dao_line = body["dao"].encode()
    need(H(b"\0" + dao_line).hex() == note["dao"], "wrong_domain", "line 0 is not the snapshot's DAO")
    first = State()
    first.apply(dao_line)
    statement_line = body["statement"].encode()
    top = climb(H(b"\0" + statement_line), seq, note["size"], path, hash_join)
    need(top == note["root"], "proof_mismatch", "statement")
    statement = parse_line(statement_line)
    need(statement["kind"] == "statement" and statement["seq"] == seq, "no_snapshot", "not a statement of this seq")
    print(f"statement: line {seq} of {note['size']} of {note['dao']}")
    for distribution in statement["distributions"]:
        need(balances(distribution["outcome"]), "payout_mismatch", f"{distribution['id']} does not balance")
    standing, members = body["standing"], statement["members"]
    need(standing["leaf"]["member"] == member, "wrong_member", f"the receipt of {standing['leaf']['member']}")
    top = climb(H(b"\0" + write_json(standing["leaf"])), standing["index"], members["count"],
                [bytes.fromhex(item) for item in standing["path"]], hash_join)
    need(top.hex() == members["root"], "proof_mismatch", "standing")
    print(f"standing of {member}: owed {standing['leaf']['owed']}, leaf {standing['index']} of {members['count']}")
    distributions = {distribution["period"]: distribution for distribution in statement["distributions"]}
    for payout in body["payouts"]:
        check_payout(payout, member, distributions)
    months = [payout["leaf"]["period"] for payout in body["payouts"]]
    need(months == sorted(set(months)), "bad_receipt", "payouts do not ascend by month")
    need(period is None or period in months, "wrong_period", f"no payout for {period} in this receipt")
    signed = check_signatures(note, first.stewards, first.threshold)
    print(f"snapshot hash {H(note['text']).hex()}, {signed}")


# ---- Section 12: head

def committed(data, head_data):
    need(head_data.endswith(b"\n"), "store_corrupt", "head has no newline")
    head = parse_json(head_data[:-1])
    need(is_object(bytes=is_count, root=is_hash, seq=is_count)(head), "malformed", "head")
    need(head["bytes"] <= len(data), "store_corrupt", "head names more bytes than the ledger has")
    if head["bytes"] < len(data):
        print(f"{len(data) - head['bytes']} bytes after the committed lines were never confirmed: not read")
    return data[:head["bytes"]], head


def check_ledger(data, notes, head_data=None):
    head = None
    if head_data is not None:
        data, head = committed(data, head_data)
    state = replay(data)
    root = tree(state.leaves, hash_join, H(b""))
    print(f"ledger: {len(state.leaves)} lines of DAO {state.leaves[0].hex()}")
    print(f"recomputed: {len(state.drafts)} drafts, {len(state.distributions)} approvals, "
          f"{len(state.statements)} statements")
    if head is not None:
        need(head["seq"] == len(state.leaves) and head["root"] == root.hex(), "store_corrupt", "head is not this ledger's")
        print("head: length, root and number of lines")
    for note in notes:
        check_note(note, state)
    if not notes:
        print("no snapshot was given: nobody has signed this")
    return state


# ---- Sections 14 and 15: the document's examples

def document_blocks(text, name):
    part = text.split(f"<!-- generated: {name} -->\n", 1)[1].split("<!-- end -->", 1)[0]
    return re.findall(r"```\n(.*?)```", part, re.S)


def check_carry_line(line):
    head, *steps = line.split("; ")
    weights = dict(enumerate(int(w) for w in head.removeprefix("weights ").split(", ")))
    pool = Pool()
    for step in steps:
        amount, pays, keeps = re.fullmatch(r"(\d+) pays ([\d, ]+) and keeps (\d+)", step).groups()
        computed = list(pool.carry(int(amount), weights).values())
        need(computed == [int(p) for p in pays.split(", ")] and pool.undivided == int(keeps), "payout_mismatch", line)


def check_document(text):
    ledger, = document_blocks(text, "example-ledger")
    snapshot, = document_blocks(text, "example-snapshot")
    receipt, = document_blocks(text, "example-receipt")
    state = check_ledger(ledger.encode(), [snapshot.encode()])
    shares, = document_blocks(text, "example-shares")
    need("".join(line.decode() for line in state.distributions[0].shares) == shares, "payout_mismatch", "share lines")
    need(H(shares.encode()).hex() == state.distributions[0].outcome["digest"], "payout_mismatch", "digest")
    print(f"share lines: {shares.count(chr(10))}, and their digest")
    payouts, members = document_blocks(text, "example-leaves")
    need([leaf.decode() for _, leaf in state.distributions[0].payout_leaves()] == payouts.splitlines(),
         "payout_mismatch", "leaves of the payout tree")
    need([leaf.decode() for leaf in state.member_leaves()] == members.splitlines(), "payout_mismatch",
         "leaves of the member tree")
    print("leaves of the payout tree and of the member tree")
    check_receipt(receipt.encode(), "m002", "2026-04")
    table, = document_blocks(text, "example-carry")
    for line in table.splitlines():
        check_carry_line(line)
    print(f"splits by carry: {len(table.splitlines())} lines of section 15")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(arguments):
    command, *rest = arguments or [""]
    if command == "ledger" and rest:
        head = os.path.join(os.path.dirname(rest[0]), "head")
        check_ledger(read(rest[0]), [read(note) for note in rest[1:]], read(head) if os.path.exists(head) else None)
    elif command == "receipt" and len(rest) in (2, 3):
        check_receipt(read(rest[0]), *rest[1:])
    elif command == "document" and len(rest) == 1:
        check_document(read(rest[0]).decode("utf-8"))
    else:
        print(__doc__.strip())
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refusal:
        place = "" if refusal.seq is None else f" (seq {refusal.seq})"
        print(f"{refusal.name}: {refusal.detail}{place}")
        sys.exit(1)
