#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An independent checker of the mikoshi format, version 1, written from FORMAT.md alone.

    format_checker.py ledger LEDGER [NOTE...]       replay a ledger; check head (if it lies beside it) and snapshots
    format_checker.py receipt FILE MEMBER [PERIOD]  check one member's receipt
    format_checker.py partners LEDGER LEDGER        replay two communities' ledgers and hold them together
    format_checker.py document FORMAT.md            check the document's own examples (sections 14 and 15)

Prints a line for each thing verified and exits 0, or prints `ERROR_NAME: detail (seq N)` and exits 1.
`malformed` is its one word for text and shapes that are wrong, where the document has many.
"""

import base64
import calendar
import collections
import copy
import datetime
import functools
import hashlib
import heapq
import json
import math
import os
import re
import sys
import unicodedata
from fractions import Fraction


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
is_partner = pattern(r"dao:[0-9a-f]{64}")
is_work_purse = pattern(r"work:[a-z0-9._-]{1,64}")
is_wallet = pattern(r"eth:0x[0-9a-f]{40}")
is_signature = pattern(r"([0-9a-f]{2}){64,65}")
is_code = pattern(r"[A-Z0-9]{1,12}")
is_decimal = pattern(r"0|[1-9][0-9]{0,38}")
is_fraction = pattern(r"[0-9a-f]{16}")
is_text = pattern(r"(?s:.*)")
AMOUNT_LIMIT, WEIGHT_LIMIT, DAY = 2**127, 2**64, 86_400


def is_amount(value):
    return is_decimal(value) and int(value) < AMOUNT_LIMIT


def is_key(value):
    return is_hash(value) and lift_x(int(value, 16)) is not None


def is_speakers_key(value):
    return is_wallet(value) or (isinstance(value, str) and value.startswith("bip340:") and is_key(value[7:]))


def is_stewards_key(value):
    if isinstance(value, str) and value.startswith("ed25519:"):
        return is_hash(value[8:]) and edwards_point(bytes.fromhex(value[8:])) is not None
    return is_wallet(value) or is_key(value)


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


def is_map(test, is_name=is_id):
    return lambda value: isinstance(value, dict) and all(is_name(k) and test(v) for k, v in value.items())


def is_word(*words):
    return lambda value: isinstance(value, str) and value in words


def is_either(*tests):
    return lambda value: any(test(value) for test in tests)


def is_bool(value):
    return isinstance(value, bool)


# ---- Section 4 and the tables of section 5: the fields of lines, and who may say them

is_evidence = is_object(file=is_hash, row_opt=is_count)
TOTALS = dict(digest=is_hash, distributed=is_amount, payees=is_count, payout_root=is_hash, recouped=is_amount,
              undivided_after=is_amount, undivided_before=is_amount, **{"in": is_amount})
is_outcome = is_object(**TOTALS, others_opt=is_array(is_object(currency=is_code, exponent=is_count, totals=is_object(**TOTALS))))
is_distribution = is_object(id=is_id, outcome=is_outcome, period=is_period)
ROUNDINGS = {"down": math.floor, "up": math.ceil, "half-up": lambda exact: math.floor(exact + Fraction(1, 2)),
             "half-even": round}  # of a Fraction, round() takes the even one

is_any = lambda value: True  # noqa: E731  (checked by the event's own rules, which have a name for it)

is_claim_root = is_object(currency=is_text, payees=is_count, root=is_hash, total=is_amount)
is_steward = is_object(key=is_stewards_key, name=is_id)
is_heir = lambda value: is_object(heirs_opt=is_array(is_heir), member=is_id, parts=is_count)(value)  # noqa: E731

ENVELOPE = dict(at=is_time, channel_opt=is_id, expires_opt=is_time, key_opt=is_speakers_key, message_opt=is_hash,
                nonce_opt=is_count, on_opt=is_time, seq=is_count, signature_opt=is_signature, kind=is_id,
                voice=is_word("operator", "relayed", "signed"), who_opt=is_id)
# Who may say a kind, in the document's words. The actor is named by the first of the fields that go with it and are there.
OPERATOR, NO_ACTOR, ACTOR, ACTOR_ALONE, SIGNED_ALONE, ACTOR_OR_OPERATOR = (
    "operator", "operator or relayed", "operator; relayed or signed by", "relayed or signed by", "signed by",
    "relayed or signed by, if that is there; else operator or relayed")
SAYS, EVENTS = {}, {}


def event(kind, says, actor=(), **fields):
    """A kind of lines; a field's name may begin with an underscore where Python has the word for itself."""
    SAYS[kind] = says, actor
    EVENTS[kind] = {name.removeprefix("_"): test for name, test in fields.items()}


MONEY = dict(amount=is_amount, currency=is_text, evidence_opt=is_evidence, id=is_id)
event("dao", OPERATOR, currency=is_object(code=is_text, exponent=is_count), format=is_count, offset=is_offset, salt=is_hash,
      stewards=is_array(is_steward), threshold=is_count)
event("member.join", NO_ACTOR, label_opt=is_hash, member=is_id)
event("member.guest", NO_ACTOR, label_opt=is_hash, member=is_id)
event("member.leave", ACTOR, ["member"], member=is_id)
event("member.rejoin", ACTOR, ["member"], member=is_id)
event("member.key", ACTOR, ["member"], member=is_id, public_key=is_speakers_key)
event("member.key.end", ACTOR, ["member"], member=is_id, public_key=is_speakers_key)
event("attest", SIGNED_ALONE, ["member"], first=is_count, last=is_count, member=is_id, root=is_hash)
event("ticket.class", OPERATOR, _class=is_id, form_opt=is_word("ticket", "units"), per_member_opt=is_count, supply_opt=is_count,
      transfer=is_word("free", "members", "locked", "executive"), weight=is_count)
event("ticket.mint", NO_ACTOR, _class=is_id, contributed_opt=is_amount, ticket=is_id, to=is_id)
event("ticket.transfer", ACTOR, ["from"], _from=is_id, ticket=is_id, to=is_id)
event("ticket.lend", ACTOR, ["from"], _from=is_id, ticket=is_id, to=is_id, until=is_time)
event("ticket.return", ACTOR, ["from"], _from=is_id, ticket=is_id)
event("ticket.burn", ACTOR, ["from"], _from=is_id, ticket=is_id)
event("units.mint", OPERATOR, _class=is_id, id=is_id, to=is_id, units=is_count)
event("units.move", ACTOR, ["from"], _class=is_id, _from=is_id, id=is_id, to=is_id, units=is_count)
event("units.burn", ACTOR, ["from"], _class=is_id, _from=is_id, id=is_id, units=is_count)
event("work", OPERATOR, label_opt=is_hash, work=is_id)
event("work.phase", OPERATOR, phase=is_word("making", "published", "ended"), work=is_id)
event("credit", ACTOR, ["confirmed", "member"], confirmed_opt=is_id, _from=is_period, id=is_id, last_opt=is_period, member=is_id,
      role=is_id, weight=is_count, work=is_id)
event("credit.confirm", ACTOR, ["by"], by=is_id, id=is_id)
event("credit.end", OPERATOR, id=is_id, last=is_period)
event("contribution.kind", OPERATOR, as_opt=is_word("work", "support"), type=is_id, weight=is_count)
event("contribution", ACTOR, ["confirmed", "member"], confirmed_opt=is_id, evidence_opt=is_evidence,
      goods_opt=is_object(market=is_count, paid=is_count), id=is_id, member=is_id, period=is_period, points=is_count, type=is_id,
      unpaid_opt=is_bool, work_opt=is_id)
event("contribution.confirm", ACTOR, ["by"], by=is_id, id=is_id)
event("contribution.correct", OPERATOR, id=is_id, points=is_count)
event("introduction", ACTOR, ["member"], by=is_id, member=is_id)
event("review", OPERATOR, budget_opt=is_count, id=is_id, members=is_array(is_id), method=is_word("median", "trimmed"),
      pair_cap=is_count, period=is_period, raters_min=is_count, relations=is_map(is_count), reveal_until=is_time,
      seal_until=is_time)
event("review.ballot", ACTOR_ALONE, ["by"], by=is_id, relation=is_id, round=is_id, seal=is_hash)
event("review.reveal", ACTOR_ALONE, ["by"], by=is_id, round=is_id, salt=is_hash, scores=is_map(is_count))
event("review.close", OPERATOR, round=is_id)
event("segment", OPERATOR, evidence_opt=is_evidence, id=is_id, members=is_array(is_id), period=is_period, points=is_count)
event("segment.withdraw", OPERATOR, id=is_id)
event("currency", OPERATOR, code=is_text, exponent=is_count)
event("income", NO_ACTOR, from_opt=is_hash, period=is_period, work_opt=is_id, **MONEY)
event("income.correct", OPERATOR, amount=is_amount, id=is_id)
event("opening", OPERATOR, to=is_either(is_id, is_purse), **MONEY)
event("conversion", OPERATOR, gives=is_amount, into=is_text, period=is_period, rate=is_object(gives=is_amount, of=is_amount),
      rounding=is_word(*ROUNDINGS), **MONEY)
event("conversion.undo", OPERATOR, id=is_id)
event("payment", OPERATOR, amount=is_amount, currency=is_text, id=is_id, member=is_id, wallet_opt=is_wallet)
event("payment.sent", OPERATOR, id=is_id)
event("payment.settled", OPERATOR, amount=is_amount, evidence_opt=is_evidence, id=is_id)
event("payment.failed", OPERATOR, amount=is_amount, evidence_opt=is_evidence, id=is_id)
event("cost", OPERATOR, member=is_id, work_opt=is_id, **MONEY)
event("spend", OPERATOR, _from=is_either(is_purse, is_work_purse, is_partner), **MONEY)
event("will", ACTOR_ALONE, ["member"], executors=is_array(is_id), heirs=is_array(is_heir), member=is_id, needed=is_count,
      wait_days=is_count, whole=is_count)
event("sign", ACTOR_OR_OPERATOR, ["by"], by_opt=is_id, id=is_id, steward_opt=is_id, steward_signature_opt=is_signature)
event("object", ACTOR_ALONE, ["by"], by=is_id, id=is_id, line_opt=is_id, reason_opt=is_hash)
event("withdraw", ACTOR_ALONE, ["by"], by=is_id, id=is_id, line_opt=is_id)
event("pledge", OPERATOR, amount=is_amount, evidence_opt=is_evidence, id=is_id, member=is_id, round=is_id)
event("cancel", ACTOR_OR_OPERATOR, ["by"], by_opt=is_id, id=is_id)
event("will.alive", ACTOR_ALONE, ["member"], member=is_id)
event("dispute.settle", OPERATOR, draft=is_id, line=is_id, outcome=is_word("paid", "returned"))
event("waive", ACTOR_ALONE, ["member"], amount=is_amount, currency=is_text, id=is_id, member=is_id, to=is_id)
event("propose", ACTOR_OR_OPERATOR, ["by"], by_opt=is_id, charter_opt=is_object(**{"from": is_period}, id=is_id, rules=is_any),
      estate_opt=is_object(member=is_id), id=is_id, pledges_opt=is_object(currency=is_text, threshold=is_amount, work=is_id),
      recognise_opt=is_object(records=is_array(is_id)), stewards_opt=is_object(stewards=is_array(is_steward), threshold=is_count),
      until=is_time)
event("execute", OPERATOR, id=is_id)
event("charter", OPERATOR, _from=is_period, id=is_id, rules=is_any)
event("draft", OPERATOR, charter=is_hash, id=is_id, outcome=is_outcome, period=is_period, record=is_count)
event("void", OPERATOR, draft=is_id)
event("approve", OPERATOR, draft=is_id)
event("statement", OPERATOR, charter=is_hash, claims_opt=is_array(is_claim_root), currency=is_text, distributions=is_array(is_distribution),
      members=is_object(count=is_count, root=is_hash))
PROPOSALS = ("charter", "estate", "pledges", "recognise", "stewards")
# The kinds that a charter may want signed: those that somebody may relay or sign, but two.
SIGNABLE = {kind for kind, (says, actor) in SAYS.items() if actor} - {"member.key", "attest"}
SIGNED_FIELDS = ("expires", "key", "nonce", "signature", "who")
IS_LINE = {kind: is_object(**ENVELOPE, **fields) for kind, fields in EVENTS.items()}


def actor_of(line):
    """The field's value that names whose act a line is, or None."""
    return next((line[field] for field in SAYS[line["kind"]][1] if field in line), None)


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

BASE_WEIGHTS = ("tickets", "ticket-seconds", "contributions", "supporters", "credits", "pledges", "reviews", "segments", "equal")
RULES = ("carry", "hamilton", "sainte-lague", "floor")


def is_integer_from(low, high):
    return lambda value: is_count(value) and low <= value <= high


def is_ratio(value):
    return is_array(is_parts)(value) and len(value) == 2


def is_positive(value):
    return is_amount(value) and int(value) > 0


def is_recoup_amount(value):
    return is_positive(value) and int(value) < WEIGHT_LIMIT


def is_node(value):
    return isinstance(value, dict)  # check_node looks into it


def is_branches(test):
    return lambda value: (is_array(lambda branch: isinstance(branch, list) and len(branch) == 2 and test(branch[0])
                                   and is_node(branch[1]))(value) and 1 <= len(value) <= 1000)


is_parts = is_integer_from(1, 10**9)
RULE = dict(rule_opt=is_word(*RULES), rest_opt=is_purse)
# A node's kind is the word that only this kind has. Every kind needs a method of this name in Distribution.
NODES = {
    "to": dict(to=is_purse),
    "partner": dict(partner=is_partner),
    "split": dict(pool=is_id, split=is_branches(is_parts), **RULE),
    "among": {"pool": is_id, "among": is_any, "else": is_node, "cap_opt": is_positive, "floor_opt": is_positive, **RULE},
    "take": dict(pool=is_id, take=is_positive, then=is_node, rest=is_node),
    "threshold": dict(pool=is_id, threshold=is_either(is_positive, is_period), then=is_node, rest=is_node),
    "recoup": dict(pool=is_id, recoup=is_either(is_branches(is_recoup_amount), is_word("pledges", "costs")), rest=is_node,
                   cap_opt=is_ratio),
    "hold": dict(pool=is_id, hold=is_either(is_integer_from(2, 1200), is_period), then=is_node),
}
IS_NODE = {kind: is_object(**fields) for kind, fields in NODES.items()}
# What a weight that is not a name looks like, and the weights that it is made of.
WEIGHTS = {
    "product": (is_object(product=lambda value: isinstance(value, list) and 2 <= len(value) <= 8),
                lambda weight: weight["product"]),
    "root": (is_object(root=is_any), lambda weight: [weight["root"]]),
    "decay": (is_object(decay=lambda value: is_ratio(value) and value[0] <= value[1], of=is_any),
              lambda weight: [weight["of"]]),
    "lifetime": (is_object(lifetime=is_any), lambda weight: [weight["lifetime"]]),
}
OUTERMOST = ("decay", "lifetime")  # what these remember is the pool's, so no other weight has them inside


def bad_charter_unless(condition, detail):
    need(condition, "bad_charter", detail)


def kind_of(thing, kinds):
    """The one word of the kinds that an object has among its keys, or None."""
    words = [word for word in kinds if word in thing] if isinstance(thing, dict) else []
    return words[0] if len(words) == 1 else None


def node_kind(node):
    return kind_of(node, NODES)


def purse_of(node):
    """The purse of a `to` or a `partner`; None of any other node."""
    return node.get("to", node.get("partner"))


def branch_name(node):
    return purse_of(node) or node["pool"]


def is_branched(node, word):
    return isinstance(node.get(word), list)


def children(node):
    """The nodes right below a node, in the order of their visits, each with its place."""
    lists = [(f"/{word}/{index}", branch[1])
             for word in ("split", "recoup") for index, branch in enumerate(node.get(word, [])) if is_branched(node, word)]
    return lists + [(f"/{word}", node[word]) for word in ("then", "rest", "else") if is_node(node.get(word))]


def nodes_with_pools(node):
    """The nodes at and below a node that name a pool, by the pools' names."""
    found = {} if purse_of(node) else {node["pool"]: node}
    for _, child in children(node):
        found.update(nodes_with_pools(child))
    return found


def recoup_weights(node):
    """What each branch of a recoup gets in the end, by the branches' names."""
    first, second = node.get("cap", [1, 1])
    return {branch_name(child): int(amount) * first // second for amount, child in node["recoup"]}


def rule_of(node):
    return node.get("rule", "carry")


def sort_of(node):
    """What the next charter has to keep of a pool that it names again."""
    kind = node_kind(node)
    if kind == "split":
        return kind, rule_of(node), frozenset(branch_name(child) for _, child in children(node))
    if kind == "among":
        return kind, rule_of(node), *[word for word in OUTERMOST if word in node["among"]]
    if kind == "recoup" and is_branched(node, kind):
        return kind, tuple(sorted(recoup_weights(node).items()))
    if kind == "recoup":
        return kind, node[kind], tuple(node.get("cap", [1, 1]))
    if kind == "hold":
        return kind, "period" if is_period(node["hold"]) else node["hold"]
    return (kind,)


def check_weight(weight, depth, outermost):
    bad_charter_unless(depth <= 16, "nodes and weights nest more than 16 deep")
    if isinstance(weight, str) and weight in BASE_WEIGHTS:
        return
    kind = kind_of(weight, WEIGHTS)
    bad_charter_unless(kind is not None, "unknown weight")
    has_its_shape, inside = WEIGHTS[kind]
    bad_charter_unless(has_its_shape(weight), f"the fields of {kind}")
    bad_charter_unless(kind not in OUTERMOST or outermost, f"a {kind} inside another weight, or below an else")
    for part in inside(weight):
        check_weight(part, depth + 1, False)


def check_node(node, seen, depth, below_else):
    bad_charter_unless(depth <= 16, "nodes and weights nest more than 16 deep")
    kind = node_kind(node)
    bad_charter_unless(kind is not None, "not a node")
    bad_charter_unless(IS_NODE[kind](node), f"the fields of {kind}")
    if purse_of(node):
        return
    bad_charter_unless(node["pool"] not in seen, "a pool is named once")
    seen.add(node["pool"])
    if kind in ("split", "among"):
        bad_charter_unless(("rest" in node) == (rule_of(node) == "floor"), "rest goes with rule floor")
    if kind == "among":
        check_weight(node["among"], depth + 1, not below_else)
        bounds = [int(node[word]) for word in ("floor", "cap") if word in node]
        bad_charter_unless(not bounds or rule_of(node) == "carry", "bounds go with carry")
        bad_charter_unless(bounds == sorted(bounds), "the cap is below the floor")
        if "lifetime" in node["among"]:
            bad_charter_unless(rule_of(node) == "carry" and not bounds, "a lifetime needs carry, and no bounds")
    for place, child in children(node):
        check_node(child, seen, depth + 1, below_else or place == "/else")
    bad_charter_unless(node.get("recoup") != "costs" or "cap" not in node, "a recoup of costs has no cap")
    if kind == "recoup" and is_branched(node, kind):
        capped = recoup_weights(node).values()
        bad_charter_unless(min(capped) > 0 and sum(capped) < WEIGHT_LIMIT, "a recoup's amounts times its cap")
    if kind in ("split", "take", "threshold", "recoup"):
        names = [branch_name(child) for _, child in children(node)]
        bad_charter_unless(len(set(names)) == len(names), "two branches of one name")


RULES_OF_CURRENCY = dict(root=is_node, works_opt=is_node, minimum_opt=is_amount)
is_rules_of_currency = is_object(**RULES_OF_CURRENCY)
is_days = is_integer_from(0, 366)
is_agreement = is_object(days=is_days, sign_opt=lambda value: is_ratio(value) and value[0] <= value[1])
CONSENT = dict(charter_opt=is_agreement, draft_opt=is_object(days=is_days), recognise_opt=is_agreement)
is_rules = is_object(
    **RULES_OF_CURRENCY, consent_opt=lambda value: is_object(**CONSENT)(value) and value,
    currencies_opt=lambda value: is_map(is_rules_of_currency, is_code)(value) and value,
    signed_opt=lambda value: is_array(is_word(*SIGNABLE))(value) and value and len(set(value)) == len(value))
TREES = ("root", "works")  # where the rules for a currency have nodes


def by_currency(rules, own):
    """The rules for each currency by its code: those of the DAO's own currency are the document itself."""
    return {own: rules, **rules.get("currencies", {})}


def partners(node):
    found = {node["partner"]} if "partner" in node else set()
    return found.union(*[partners(child) for _, child in children(node)])


def trees_of(rules):
    return [rules[word] for word in TREES if word in rules]


def check_rules(rules):
    bad_charter_unless(is_rules(rules), "root, perhaps works, minimum, currencies, consent and signed")
    for inner in (rules, *rules.get("currencies", {}).values()):
        seen = set()
        for node in trees_of(inner):
            check_node(node, seen, 1, False)
            repaid = [one for one in nodes_with_pools(node).values() if one.get("recoup") == "costs"]
            bad_charter_unless(len(repaid) < 2, "costs are recouped in one node")


def all_pools(rules):
    """The nodes that name a pool in the rules for one currency, and whether they are those for all or for works."""
    return {name: (word, node) for word in TREES if word in rules for name, node in nodes_with_pools(rules[word]).items()}


def check_against(rules, before, start):
    """The rules for one currency against those that the charter before had for it ({}: it had none)."""
    then = all_pools(before)
    for name, (word, node) in all_pools(rules).items():
        if name in then:
            bad_charter_unless((word, sort_of(node)) == (then[name][0], sort_of(then[name][1])), f"pool {name} changes its sort")
        elif "threshold" in node and is_period(node["threshold"]):
            bad_charter_unless(month_number(node["threshold"]) > start, f"the month of pool {name} has come already")


# ---- Section 8: what a pool keeps, and the rules

GRACE, UNIT = 2**32, 2**64


class Pool:
    """Everything that a pool remembers from month to month; a pool of one sort uses a part of it."""

    def __init__(self, node):
        self.sort = sort_of(node)
        self.dust, self.undivided, self.fraction = 0, 0, {}  # carry
        self.paid = {}      # among, recoup of pledges: what each member got so far
        self.weighed = {}   # decay: what each member weighed in the last distribution
        self.lifetime = {}  # lifetime: what each member weighed in all distributions together
        self.received = 0   # threshold: all that came in so far
        self.given = 0      # recoup: what the branches got so far
        self.held = {}      # hold: month -> (what came in, how much of it was given)

    def kept(self):
        return self.undivided + sum(amount - given for amount, given in self.held.values())

    def entitlement(self, name):
        return self.paid.get(name, 0) * UNIT + self.fraction.get(name, GRACE) - GRACE

    def carry(self, amount, weights):
        if amount == 0:
            return {}
        t, total = amount * UNIT + self.dust, sum(weights.values())
        return self.pay(amount, t, {name: t * weight // total for name, weight in weights.items() if weight > 0})

    def pay(self, amount, t, more):
        """Entitles each payee to so much more, in 2^-64 units, and pays the whole units; the rest of t is dust."""
        pays = {}
        for name, part in more.items():
            pays[name], self.fraction[name] = divmod(self.fraction.get(name, GRACE) + part, UNIT)
        self.dust = t - sum(more.values())
        self.undivided += amount - sum(pays.values())
        return pays

    def carry_with_bounds(self, amount, weights, floor, cap):
        """The pays, and how many units are over since everybody is at the cap. A bound may be None."""
        if amount == 0:
            return {}, 0
        t = amount * UNIT + self.dust
        names = [name for name, weight in weights.items() if weight > 0]
        low = {name: max(0, (floor or 0) * UNIT - self.entitlement(name)) for name in names}
        high = {name: max(0, cap * UNIT - self.entitlement(name)) for name in names} if cap is not None else None
        lows, over = sum(low.values()), 0
        if lows >= t:
            more = {name: t * low[name] // lows for name in names}
        elif high is not None and sum(high.values()) <= t:
            more, over = high, (t - sum(high.values())) // UNIT
        else:
            more = fill_to_level(t, weights, low, high)
        return self.pay(amount - over, t - over * UNIT, more), over

    def close(self, weights):
        """Who gets the units that the closing gives, one each."""
        names = self.fraction.keys() | {name for name, weight in weights.items() if weight > 0}
        order = sorted(names, key=lambda name: (-self.fraction.get(name, GRACE), name))
        return order[:self.undivided]


def fill_to_level(t, weights, low, high):
    """First everybody's floor, then by weight, but nobody above the cap: the level is left / weight in the end."""
    more, left, weight, below_cap = {}, t - sum(low.values()), sum(weights.values()), list(low)
    if high is not None:
        # Who has the least room for the weight reaches the cap first.
        below_cap.sort(key=lambda name: Fraction(high[name] - low[name], weights[name]))
        while (high[below_cap[0]] - low[below_cap[0]]) * weight <= left * weights[below_cap[0]]:
            name = below_cap.pop(0)
            more[name] = high[name]
            left -= high[name] - low[name]
            weight -= weights[name]
    for name in below_cap:
        more[name] = low[name] + left * weights[name] // weight
    return more


def floor_rule(amount, weights):
    total = sum(weights.values())
    return {name: amount * weight // total for name, weight in weights.items() if weight > 0}


def hamilton(amount, weights, key=lambda name: name):
    """Of equal remainders the first by the key gets the unit: names in ascending order, but heirs in that of the will."""
    total, pays = sum(weights.values()), floor_rule(amount, weights)
    order = sorted(pays, key=lambda name: (-(amount * weights[name] % total), key(name)))
    for name in order[:amount - sum(pays.values())]:
        pays[name] += 1
    return pays


def sainte_lague(amount, weights):
    # All units with weight / (2 · units + 1) > 1 / x go before all others. There are (x · total + n) / 2 of them at
    # the most, so with x = (2 · amount − n) / total they are no more than amount, and the loop has few units to give.
    total, pays = sum(weights.values()), {}
    x = Fraction(max(0, 2 * amount - len(weights)), total)
    for name, weight in weights.items():
        if weight > 0:
            pays[name] = max(0, math.ceil((weight * x - 1) / 2))
    queue = [(-Fraction(weights[name], 2 * units + 1), name) for name, units in pays.items()]
    heapq.heapify(queue)
    for _ in range(amount - sum(pays.values())):
        name = queue[0][1]
        pays[name] += 1
        heapq.heapreplace(queue, (-Fraction(weights[name], 2 * pays[name] + 1), name))
    return pays


KEEPS_NOTHING = {"hamilton": hamilton, "sainte-lague": sainte_lague, "floor": floor_rule}


# ---- Section 8: weights

# Where a node is computed: the pool is its own, the amount is what comes in there, and below `works` there is a work.
Place = collections.namedtuple("Place", "pool amount code work")
COMMON = None  # in place of a work: what is the community's, and no work's


class Weigher:
    """The weights of all members for a month."""

    def __init__(self, state, month):
        self.state, self.month = state, month
        self.start, self.end = month_start(month, state.offset), month_start(month + 1, state.offset)
        self.there = {name for name, member in state.members.items() if is_there(member, self.end - 1)}
        self.counting = [c for c in state.contributions.values() if c["confirmed"] and state.counts_in(c, month)]
        self.segments_counting = [s for s in state.segments.values() if state.counts_in(s, month)]

    def weigh(self, weight, place):
        """A weight as section 7 spells it. A member without an entry weighs nothing."""
        kind = weight if isinstance(weight, str) else kind_of(weight, WEIGHTS)
        found = getattr(self, kind.replace("-", "_"))(weight, place)
        need(sum(found.values()) < WEIGHT_LIMIT, "weight_overflow", kind)
        return found

    def equal(self, *_):
        return {name: 1 for name in self.there}

    def counted(self):
        """What each member's contributions of the month weigh in each heap, before any debt."""
        weighs = {}
        for c in self.counting:
            key = c["member"], c["heap"]
            weighs[key] = weighs.get(key, 0) + c["weight"] * (c["points"] - c["counted"])
        return weighs

    def heap(self, heap):
        return {name: max(0, weight - self.state.members[name]["debts"].get(heap, 0))
                for (name, of), weight in self.counted().items() if of == heap}

    def contributions(self, _, place):
        return self.heap((place.work, "work"))

    def supporters(self, _, place):
        return self.heap((place.work, "support"))

    def credits(self, _, place):
        found = {}
        for credit in self.state.credits.values():
            if (place.work in (COMMON, credit["work"]) and credit["confirmed"] and credit["from"] <= self.month
                    and (credit["last"] is None or self.month <= credit["last"])):
                found[credit["member"]] = found.get(credit["member"], 0) + credit["weight"]
        return found

    def pledges(self, _, place):
        return self.state.books[place.code].backing_of(place.work)

    def reviews(self, *_):
        closed = [review for review in self.state.closed_reviews if review["period"] <= self.month]
        return {name: result * 2**20 // 1 for name, result in closed[-1]["results"].items()} if closed else {}

    def segments(self, *_):
        common = math.lcm(*[len(s["members"]) for s in self.segments_counting])
        need(common < WEIGHT_LIMIT, "weight_overflow", "the least common multiple of the numbers of members")
        found = {}
        for s in self.segments_counting:
            for name in s["members"]:
                found[name] = found.get(name, 0) + s["points"] * common // len(s["members"])
        return found

    def stays_with(self):
        """For each ticket and each time that somebody held it: who, from when until when, and its class's weight. Units of
        a class that somebody held for a time are like one ticket that weighs as much as all of them."""
        for ticket in self.state.tickets.values():
            weight, moves = self.state.classes[ticket["class"]]["weight"], ticket["moves"]
            for (since, holder), (until, _) in zip(moves, moves[1:] + [(self.end, None)]):
                if holder is not None:
                    yield holder, since, until, weight
        for (group, holder), moves in self.state.units.items():
            weight = self.state.classes[group]["weight"]
            for (since, units), (until, _) in zip(moves, moves[1:] + [(self.end, None)]):
                yield holder, since, until, weight * units

    def tickets(self, *_):
        found = {}
        for holder, since, until, weight in self.stays_with():
            if since < self.end <= until and holder in self.there:
                found[holder] = found.get(holder, 0) + weight
        return found

    def ticket_seconds(self, *_):
        found = {}
        for holder, since, until, weight in self.stays_with():
            for come, leave in self.state.members[holder]["stays"]:
                first = max(since, self.start, come)
                last = min(until, self.end, leave if leave is not None else self.end)
                found[holder] = found.get(holder, 0) + weight * max(0, last - first)
        return found

    def product(self, weight, place):
        parts = [self.weigh(part, place) for part in weight["product"]]
        return {name: math.prod(part.get(name, 0) for part in parts) for name in parts[0]}

    def root(self, weight, place):
        return {name: math.isqrt(value) for name, value in self.weigh(weight["root"], place).items()}

    def decay(self, weight, place):
        (first, second), found = weight["decay"], self.weigh(weight["of"], place)
        for name, before in place.pool.weighed.items():
            found[name] = found.get(name, 0) + before * first // second
        place.pool.weighed = found
        return found

    def lifetime(self, weight, place):
        pool = place.pool
        for name, value in self.weigh(weight["lifetime"], place).items():
            pool.lifetime[name] = pool.lifetime.get(name, 0) + value
        whole = sum(pool.lifetime.values())
        need(whole < WEIGHT_LIMIT, "weight_overflow", "the weights of all distributions")
        if whole == 0:
            return {}
        t = (place.amount + pool.undivided + sum(pool.paid.values())) * UNIT
        lacks = {name: max(0, t * value // whole - pool.entitlement(name)) for name, value in pool.lifetime.items()}
        shift = max(0, sum(lacks.values()).bit_length() - 64)
        return {name: lack >> shift for name, lack in lacks.items()}


# ---- Section 8: the month

def pool_key(work, name):
    """What a pool is called among all pools of its currency."""
    return name if work is COMMON else f"{work}:{name}"


def ending_pools(now, then, works):
    """What the pools are called that the next rules for a currency do not name, for all or for works (None: no rules).

    A pool that moves between the two does not end, and what it keeps stays where nothing reaches it any more.
    """
    still = all_pools(then or {}).keys()
    ends = set(nodes_with_pools(now["root"])) - still
    for name in set(nodes_with_pools(now["works"])) - still if "works" in now else ():
        ends |= {pool_key(work, name) for work in works}
    return ends


class Distribution:
    """What a month's distribution would be, in all currencies; it changes nothing of the ledger's state."""

    def __init__(self, state, month):
        self.month, self.charter = month, state.charter_of(month)
        following = state.charter_of(month + 1)
        now, then = (by_currency(charter["rules"], state.own_currency) for charter in (self.charter, following))
        self.weigher = Weigher(state, month)
        self.parts = {}
        for code in [state.own_currency, *sorted(now.keys() - {state.own_currency})]:
            ends = ending_pools(now[code], then.get(code), state.works) if following is not self.charter else set()
            self.parts[code] = Part(state, self.weigher, code, now[code], ends)
        self.outcome = dict(self.parts[state.own_currency].totals)
        others = [{"currency": code, "exponent": part.books.exponent, "totals": part.totals}
                  for code, part in self.parts.items() if code != state.own_currency]
        if others:
            self.outcome["others"] = others


class Part:
    """A month's distribution in one currency."""

    def __init__(self, state, weigher, code, rules, ends):
        self.own, self.code, self.books = code == state.own_currency, code, state.books[code]
        self.weigher, self.month, self.ends, self.rules = weigher, weigher.month, ends, rules
        self.shares, self.got, self.pools = [], {}, {}  # pools: those of the visited nodes, as they are afterwards
        self.costs = copy.deepcopy(self.books.costs)    # what waits of costs afterwards
        self.recouped, self.works = {}, sorted(state.works) if "works" in rules else []
        place = "" if self.own else f"/currencies/{code}"
        self.roots = {COMMON: (rules["root"], place + "/root"),
                      **{work: (rules["works"], f"{place}/works/{work}") for work in self.works}}
        income = 0
        for self.work, (root, path) in self.roots.items():
            stream = self.books.stream(self.work)
            came = stream.waiting.get(self.month, 0)
            self.recouped[self.work] = min(came, stream.deficit)
            income += came - self.recouped[self.work]
            self.visit(root, path, came - self.recouped[self.work])
        leaves = self.payout_leaves()
        total, payout_root = payout_tree([(amount, H(b"\0" + text)) for amount, text in leaves])
        before, after = self.books.pools, {**self.books.pools, **self.pools}
        for name in self.ends:
            after.pop(name, None)
        self.totals = {
            "digest": H(b"".join(self.shares)).hex(), "distributed": str(total), "in": str(income),
            "payees": len(leaves), "payout_root": payout_root.hex(), "recouped": str(sum(self.recouped.values())),
            "undivided_after": str(sum(pool.kept() for pool in after.values())),
            "undivided_before": str(sum(pool.kept() for pool in before.values()))}
        need(balances(self.totals), "payout_mismatch", "the distribution does not balance")

    def key(self, name):
        return pool_key(self.work, name)

    def visit(self, node, path, amount):
        """A node with what comes in, then those below it with what each gets of that, in the order of children()."""
        purse = purse_of(node)
        if purse:
            self.receive(purse, amount)
            self.share(path, purse, amount)
            return
        key = self.key(node["pool"])
        before = self.books.pools.get(key)
        pool = self.pools[key] = copy.deepcopy(before) if before else Pool(node)
        visits = getattr(self, node_kind(node))(node, path, amount, pool)
        for place, child in children(node):
            if place in visits:
                self.visit(child, path + place, visits[place])

    def share(self, path, payee, pay, weight=0, fraction=GRACE):
        self.shares.append(write_json({"fraction": f"{fraction:016x}", "path": path, "pay": str(pay), "payee": payee,
                                       "weight": str(weight)}) + b"\n")

    def receive(self, name, amount):
        self.got[name] = self.got.get(name, 0) + amount

    def ending(self, node):
        return self.key(node["pool"]) in self.ends

    def weigh(self, weight, pool, amount):
        return self.weigher.weigh(weight, Place(pool, amount, self.code, self.work))

    def pay(self, node, pool, amount, weights):
        """By the node's rule, and what the closing adds where the pool ends: the pays, and what is over."""
        over = 0
        if not any(weights.values()):
            pays, over = {}, amount
        elif rule_of(node) != "carry":
            pays = KEEPS_NOTHING[rule_of(node)](amount, weights)
        elif "among" in node and ("floor" in node or "cap" in node):
            floor, cap = (int(node[word]) if word in node else None for word in ("floor", "cap"))
            pays, over = pool.carry_with_bounds(amount, weights, floor, cap)
        else:
            pays = pool.carry(amount, weights)
        if self.ending(node):
            for payee in pool.close(weights):
                pays[payee] = pays.get(payee, 0) + 1
            pool.fraction = {}
        return pays, over

    def share_pays(self, path, pool, weights, pays, payees):
        for payee in payees:
            self.share(path, payee, pays.get(payee, 0), weights.get(payee, 0), pool.fraction.get(payee, GRACE))

    def pay_rest(self, node, path, left):
        if rule_of(node) == "floor":
            self.receive(node["rest"], left)
            self.share(path, node["rest"], left)

    def pay_members(self, pool, pays):
        for payee, pay in pays.items():
            self.receive(payee, pay)
            pool.paid[payee] = pool.paid.get(payee, 0) + pay

    # One method for each kind of node: it gives away what came in, adds the share lines, and returns what comes in
    # at the nodes below that are visited, by their places.

    def split(self, node, path, amount, pool):
        weights = {branch_name(child): parts for parts, child in node["split"]}
        pays, _ = self.pay(node, pool, amount, weights)
        self.share_pays(path, pool, weights, pays, weights)
        self.pay_rest(node, path, amount - sum(pays.values()))
        return {place: pays.get(branch_name(child), 0) for place, child in children(node)}

    def among(self, node, path, amount, pool):
        weights = self.weigh(node["among"], pool, amount)
        pays, over = self.pay(node, pool, amount, weights)
        payees = sorted(p for p in weights.keys() | pays.keys() if weights.get(p, 0) or pays.get(p, 0))
        self.share_pays(path, pool, weights, pays, payees)
        self.pay_members(pool, pays)
        self.pay_rest(node, path, amount - over - sum(pays.values()))
        below = {self.key(name) for name in nodes_with_pools(node["else"])}
        holding = any(name in self.books.pools and self.books.pools[name].held for name in below)
        visited = over > 0 or not any(weights.values()) or holding or self.ends & below
        return {"/else": over} if visited else {}

    def then_and_rest(self, node, path, then, rest):
        for word, pay in (("then", then), ("rest", rest)):
            self.share(path, branch_name(node[word]), pay)
        return {"/then": then, "/rest": rest}

    def take(self, node, path, amount, pool):
        then = min(int(node["take"]), amount)
        return self.then_and_rest(node, path, then, amount - then)

    def threshold(self, node, path, amount, pool):
        if is_period(node["threshold"]):
            then = amount if self.month < month_number(node["threshold"]) else 0
        else:
            then = min(amount, max(0, int(node["threshold"]) - pool.received))
        pool.received += amount
        return self.then_and_rest(node, path, then, amount - then)

    def recoup(self, node, path, amount, pool):
        if is_branched(node, "recoup"):
            weights, takes = recoup_weights(node), sum(recoup_weights(node).values()) - pool.given
        elif node["recoup"] == "pledges":
            weights, (first, second) = self.weigh("pledges", pool, amount), node.get("cap", [1, 1])
            takes = sum(weights.values()) * first // second - pool.given
        else:
            return self.recoup_costs(node, path, amount)
        share = min(amount, takes)
        pays, _ = self.pay(node, pool, share, weights)
        pool.given += share
        payees = weights if is_branched(node, "recoup") else sorted(p for p in weights if weights[p] or pays.get(p, 0))
        self.share_pays(path, pool, weights, pays, payees)
        if not is_branched(node, "recoup"):
            self.pay_members(pool, pays)
        self.share(path, branch_name(node["rest"]), amount - share)
        return {place: pays.get(branch_name(child), 0) if place != "/rest" else amount - share
                for place, child in children(node)}

    def recoup_costs(self, node, path, amount):
        weights = {name: left for name, left in self.costs.get(self.work, {}).items() if left > 0}
        share = min(amount, sum(weights.values()))
        pays = hamilton(share, weights) if weights else {}
        for name in sorted(weights):
            self.share(path, name, pays[name], weights[name])
            self.receive(name, pays[name])
            self.costs[self.work][name] -= pays[name]
        self.share(path, branch_name(node["rest"]), amount - share)
        return {"/rest": amount - share}

    def hold(self, node, path, amount, pool):
        given_now = 0
        pool.held[self.month] = (amount, 0)
        for month, (held, given) in sorted(pool.held.items()):
            if self.ending(node):
                due = held
            elif is_period(node["hold"]):
                due = held if self.month >= month_number(node["hold"]) else 0
            else:
                due = held * min(self.month - month + 1, node["hold"]) // node["hold"]
            given_now += due - given
            pool.held[month] = (held, due)
            if due == held:
                del pool.held[month]
        self.share(path, branch_name(node["then"]), given_now)
        return {"/then": given_now}

    def payout_leaves(self):
        place = {"period": month_text(self.month), **({} if self.own else {"currency": self.code})}
        return [(amount, write_json({"amount": str(amount), "payee": payee, **place}))
                for payee, amount in sorted(self.got.items()) if amount > 0]


def balances(totals):
    return (int(totals["in"]) + int(totals["undivided_before"])
            == int(totals["distributed"]) + int(totals["undivided_after"]))


def totals_by_currency(outcome):
    """The numbers of an outcome by the codes of the currencies; those of the DAO's own by None."""
    return {None: outcome, **{other["currency"]: other["totals"] for other in outcome.get("others", [])}}


def is_active(member):
    return bool(member["stays"]) and member["stays"][-1][1] is None


def is_lent(ticket, when):
    """The loan is a pair of moves, the last ones of the ticket. Once it was returned it is over, for earlier times as well."""
    loan, moves = ticket["loan"], ticket["moves"]
    return loan is not None and loan == len(moves) - 2 and moves[loan][0] <= when < moves[-1][0]


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


class Stream:
    """What comes in by month, the community's or that of one work, in one currency."""

    def __init__(self):
        self.waiting = {}  # month -> what waits in its income, conversions included
        self.deficit = 0

    def wait(self, month, more):
        """More (or less) of the month's income waits; a lack is added to the deficit."""
        now = self.waiting.get(month, 0) + more
        self.waiting[month] = max(now, 0)
        self.deficit += max(-now, 0)

    def spare(self, month):
        """What a conversion may take of a month's income."""
        return max(0, self.waiting.get(month, 0) - self.deficit)


class Books(Stream):
    """What the DAO keeps for each of its currencies by itself."""

    def __init__(self, exponent):
        super().__init__()
        self.exponent = exponent
        self.owed, self.purses, self.pools = {}, {}, {}
        self.streams = {}   # work -> what comes in for it
        self.costs = {}     # work or COMMON -> member -> what waits
        self.backing = {}   # work -> member -> what they pledged
        self.disputes = {}  # (draft, member) -> what waits
        self.total_in = 0

    def need_room(self, more):
        need(self.total_in + more < AMOUNT_LIMIT, "amount_too_large", "all that came in")

    def add_total(self, more):
        self.need_room(more)
        self.total_in += more

    def stream(self, work):
        return self if work is COMMON else self.streams.setdefault(work, Stream())

    def backing_of(self, work):
        found = {}
        for name in self.backing if work is COMMON else [work]:
            for member, amount in self.backing.get(name, {}).items():
                found[member] = found.get(member, 0) + amount
        return found

    def receive(self, to, amount):
        place = self.owed if is_id(to) else self.purses
        place[to] = place.get(to, 0) + amount

    def disputed(self, member):
        return sum(amount for (_, name), amount in self.disputes.items() if name == member)


class State:
    def __init__(self):
        self.leaves, self.last_at, self.statements = [], 0, set()
        self.members, self.classes, self.tickets, self.kinds = {}, {}, {}, {}
        self.keys, self.unattested = {}, {}
        self.units, self.unit_lines = {}, set()  # units: (class, member) -> what they had from when on
        self.works, self.credits = {}, {}
        self.contributions, self.segments, self.evidence = {}, {}, {}
        self.reviews, self.closed_reviews = {}, []
        self.books, self.incomes, self.openings, self.conversions, self.payments = {}, {}, {}, {}, {}
        self.costs, self.spendings, self.pledges, self.waivers = set(), set(), {}, set()
        self.proposals, self.stewards_from = {}, []
        self.charters, self.drafts = [], {}
        self.last_closed, self.waiting, self.distributions = None, [], []

    # Section 4
    def apply(self, data):
        line = parse_line(data)
        kind, at = line["kind"], seconds(line["at"])
        need(line["seq"] == len(self.leaves), "chain_broken", f"seq is {line['seq']}")
        need(at >= self.last_at, "time_not_monotone", line["at"])
        need(seconds(line.get("on", line["at"])) <= at, "time_in_future", line.get("on"))
        voice = line["voice"]
        for fields, of in ((("channel", "message"), "relayed"), (SIGNED_FIELDS, "signed")):
            for field in fields:
                need((field in line) == (voice == of) or (field == "who" and voice == "relayed"), "malformed",
                     f"{field} with voice {voice}")
        self.seq, self.at, self.when, self.leaf = line["seq"], at, seconds(line.get("on", line["at"])), H(b"\0" + data)
        actor = self.check_speaker(line)
        need((kind == "dao") == (not self.leaves), "not_first_line", kind)
        need(FIRST_MONTH <= month_of(at, 0) <= LAST_MONTH, "bad_time", line["at"])
        if voice == "signed":
            self.check_claim(line)
        getattr(self, kind.replace(".", "_"))(line)
        if voice == "signed":
            self.members[actor]["nonce"] += 1
        if voice == "relayed" and actor in self.members:
            self.unattested.setdefault(actor, {})[self.seq] = self.leaf
        self.leaves.append(self.leaf)
        self.last_at = at
        return line

    def check_speaker(self, line):
        """Who may say it, and whether it has to be signed; the actor, or None."""
        kind, voice, actor, says = line["kind"], line["voice"], actor_of(line), SAYS[line["kind"]][0]
        if says == ACTOR_OR_OPERATOR:
            says = NO_ACTOR if actor is None else ACTOR_ALONE
        need(voice != "operator" or says != ACTOR_ALONE, "unauthorised", f"{kind} by the operator")
        need(voice == "operator" or says != OPERATOR, "unauthorised", f"{kind}, {voice}")
        need(voice != "signed" or says != NO_ACTOR, "unauthorised", f"{kind} has no actor")
        need(line.get("who", actor) == actor, "unauthorised", f"{line.get('who')} for {actor}")
        need(voice == "operator" or actor not in self.members or not self.members[actor]["died"], "unauthorised", f"{actor} has died")
        charter = self.charter_at(self.at)
        wanted = kind in charter["rules"].get("signed", []) if charter and actor is not None else False
        need(voice == "signed" or not (wanted or says == SIGNED_ALONE), "signature_required", kind)
        return actor

    def charter_at(self, at):
        """The charter that governs the month of a time; before the first charter's months the first, or None."""
        if not self.charters:
            return None
        return self.charter_of(max(month_of(at, self.offset), self.charters[0]["from"]))

    def check_claim(self, line):
        member = self.member(line["who"])
        need(self.speaks(line["key"], line["who"]), "no_such_key", line["key"])
        need(line["nonce"] == member["nonce"] + 1, "bad_nonce", f"{line['nonce']} after {member['nonce']}")
        need(self.at <= seconds(line["expires"]), "expired", line["expires"])
        need(claim_verifies(line, self.leaves[0]), "bad_signature", "the claim")

    def speaks(self, key, name):
        """Whether a key is a member's now."""
        key = self.keys.get(key)
        return key is not None and key["member"] == name and key["from"] <= self.at and not key["ended"] and not self.members[name]["died"]

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

    def dao_id(self):
        return self.leaves[0].hex()

    def need_begun(self, line):
        need(month_start(month_number(line["period"]), self.offset) <= self.at, "future_period", line["period"])

    def dao(self, line):
        need(line["format"] == 1, "unsupported_version", line["format"])
        need(is_code(line["currency"]["code"]) and line["currency"]["exponent"] <= 30, "bad_currency", line["currency"])
        check_stewards(line)
        self.own_currency, self.offset = line["currency"]["code"], offset_seconds(line["offset"])
        self.books[self.own_currency] = Books(line["currency"]["exponent"])
        self.change_stewards(line)

    def change_stewards(self, new):
        self.stewards, self.threshold = new["stewards"], new["threshold"]
        self.stewards_from.append((self.seq, self.stewards, self.threshold))

    def stewards_before(self, size):
        """The stewards after so many lines, how many have to sign, and the line that named them."""
        return [entry for entry in self.stewards_from if entry[0] < size][-1]

    # Section 6: members
    def member(self, name):
        need(name in self.members, "no_such_member", name)
        return self.members[name]

    def add_member(self, name, stays):
        need(name not in self.members, "already_member", name)
        self.members[name] = {"stays": stays, "last": self.when if stays else 0, "debts": {}, "died": False, "nonce": 0,
                              "keys": 0, "by": None, "will": None}

    def member_join(self, line):
        need(line["member"] not in self.members, "already_member", line["member"])
        self.need_open()
        self.add_member(line["member"], [[self.when, None]])

    def member_guest(self, line):
        self.add_member(line["member"], [])

    def member_leave(self, line):
        member = self.member(line["member"])
        need(is_active(member), "not_member", line["member"])
        need(self.when >= member["last"], "before_last_move", line["member"])
        self.need_open()
        member["stays"][-1][1] = member["last"] = self.when

    def member_rejoin(self, line):
        member = self.member(line["member"])
        need(not is_active(member), "already_member", line["member"])
        need(not member["died"], "not_member", line["member"])
        need(self.when >= member["last"], "before_last_move", line["member"])
        self.need_open()
        member["stays"].append([self.when, None])
        member["last"] = self.when

    # Section 6: speakers
    def member_key(self, line):
        member, key = self.member(line["member"]), line["public_key"]
        need(not member["died"], "not_member", line["member"])
        need(key not in self.keys, "conflict", key)
        need(member["keys"] < 100, "too_many", "keys")
        at_once = member["keys"] == 0 or line["voice"] == "signed"
        member["keys"] += 1
        self.keys[key] = {"member": line["member"], "from": self.at + (0 if at_once else 604_800), "ended": False}

    def member_key_end(self, line):
        self.member(line["member"])
        key = self.keys.get(line["public_key"])
        need(key is not None and key["member"] == line["member"] and not key["ended"], "no_such_key", line["public_key"])
        key["ended"] = True

    def attest(self, line):
        self.member(line["member"])
        waiting = self.unattested.get(line["member"], {})
        seqs = [seq for seq in waiting if line["first"] <= seq <= line["last"]]
        need(seqs, "no_such_record", "no unattested lines there")
        need(tree([waiting[seq] for seq in sorted(seqs)], hash_join, None).hex() == line["root"], "root_mismatch", line["root"])
        for seq in seqs:
            del waiting[seq]

    # Section 6: introductions
    def introduction(self, line):
        for field in ("by", "member"):
            self.member(line[field])
        need(self.members[line["member"]]["by"] is None, "introduced", line["member"])
        above = line["by"]
        while above is not None:
            need(above != line["member"], "introduced", "a circle")
            above = self.members[above]["by"]
        self.members[line["member"]]["by"] = line["by"]

    # Section 6: tickets and units
    def ticket_class(self, line):
        need(line["class"] not in self.classes, "conflict", line["class"])
        need(line["weight"] <= 1_000_000, "too_large", "weight")
        self.classes[line["class"]] = {"weight": line["weight"], "transfer": line["transfer"], "form": line.get("form", "ticket"),
                                       "supply": line.get("supply"), "per_member": line.get("per_member"), "minted": 0, "given": {}}

    def class_of(self, line):
        need(line["class"] in self.classes, "no_such_class", line["class"])
        return self.classes[line["class"]]

    def need_holder(self, group, *names):
        """Who holds or gets something is there at that time, or a guest where the class allows it."""
        for name in names:
            member = self.members[name]
            guest = not member["stays"] and group["transfer"] in ("free", "executive") and not member["died"]
            need(guest or is_there(member, self.when), "not_member", name)

    def need_movable(self, group, line):
        need(group["transfer"] != "locked", "not_transferable", "locked")
        need(group["transfer"] != "executive" or line["voice"] == "operator", "unauthorised", "executive")

    def give(self, group, name, number):
        group["given"][name] = group["given"].get(name, 0) + number

    def need_under_cap(self, group, name, number):
        need(group["per_member"] is None or group["given"].get(name, 0) + number <= group["per_member"], "cap_exceeded", name)

    def need_supply(self, group, number):
        need(group["supply"] is None or group["minted"] + number <= group["supply"], "supply_exceeded", "supply")

    def need_no_estate(self, name, when=None):
        """While a death is announced nothing moves from the announced time on; without a time, nothing at all."""
        announced = self.announced(name)
        need(announced is None or (when is not None and when < announced["when"]), "estate_held", name)

    def ticket_mint(self, line):
        group = self.class_of(line)
        need(line["ticket"] not in self.tickets, "ticket_exists", line["ticket"])
        self.member(line["to"])
        self.need_holder(group, line["to"])
        self.need_supply(group, 1)
        self.need_open()
        need(group["form"] == "ticket", "wrong_class", line["class"])
        self.need_under_cap(group, line["to"], 1)
        self.give(group, line["to"], 1)
        group["minted"] += 1
        self.tickets[line["ticket"]] = {"class": line["class"], "moves": [(self.when, line["to"])], "loan": None}

    def ticket(self, line):
        need(line["ticket"] in self.tickets, "no_such_ticket", line["ticket"])
        return self.tickets[line["ticket"]]

    def held_ticket(self, line, *members):
        ticket = self.ticket(line)
        moved, holder = ticket["moves"][-1]
        need(holder is not None, "ticket_burned", line["ticket"])
        for name in members:
            self.member(name)
        need(holder == line["from"], "not_holder", line["from"])
        self.need_no_estate(holder, self.when)
        need(not is_lent(ticket, self.when), "ticket_lent", line["ticket"])
        need(self.when >= moved, "before_last_move", line["ticket"])
        self.need_open()
        return ticket

    def moving_ticket(self, line):
        need(line["from"] != line["to"], "self_transfer", line["to"])
        ticket = self.held_ticket(line, line["from"], line["to"])
        group = self.classes[ticket["class"]]
        self.need_movable(group, line)
        self.need_holder(group, line["from"], line["to"])
        return ticket, group

    def ticket_transfer(self, line):
        ticket, group = self.moving_ticket(line)
        self.need_under_cap(group, line["to"], 1)
        self.give(group, line["to"], 1)
        ticket["moves"].append((self.when, line["to"]))

    def ticket_lend(self, line):
        ticket, _ = self.moving_ticket(line)
        until = seconds(line["until"])
        need(until > self.when, "bad_deadline", line["until"])
        ticket["moves"] += [(self.when, line["to"]), (until, line["from"])]
        ticket["loan"] = len(ticket["moves"]) - 2

    def ticket_return(self, line):
        ticket = self.ticket(line)
        self.member(line["from"])
        need(is_lent(ticket, self.when), "not_lent", line["ticket"])
        need(ticket["moves"][-2][1] == line["from"], "not_holder", line["from"])
        self.need_open()
        ticket["moves"][-1] = (self.when, ticket["moves"][-1][1])
        ticket["loan"] = None

    def ticket_burn(self, line):
        self.held_ticket(line, line["from"])["moves"].append((self.when, None))

    def units_of(self, name, group):
        return self.units.get((group, name), [(0, 0)])[-1][1]

    def change_units(self, name, group, more, when):
        now = self.units_of(name, group) + more
        self.units.setdefault((group, name), []).append((when, now))

    def start_units(self, line):
        need(line["id"] not in self.unit_lines, "conflict", line["id"])
        group = self.class_of(line)
        need(group["form"] == "units", "wrong_class", line["class"])
        need(line["units"] > 0, "bad_number", "no units")
        for field in ("from", "to"):
            if field in line:
                self.member(line[field])
        return group

    def need_units(self, line):
        need(self.units_of(line["from"], line["class"]) >= line["units"], "balance_exceeded", line["from"])

    def need_in_order(self, line, *names):
        for name in names:
            moves = self.units.get((line["class"], name))
            need(not moves or self.when >= moves[-1][0], "before_last_move", name)
        self.need_open()

    def units_mint(self, line):
        group = self.start_units(line)
        self.need_holder(group, line["to"])
        self.need_supply(group, line["units"])
        self.need_under_cap(group, line["to"], line["units"])
        self.need_in_order(line, line["to"])
        need(group["minted"] + line["units"] <= MAX_INT, "too_large", "units")
        group["minted"] += line["units"]
        self.give(group, line["to"], line["units"])
        self.change_units(line["to"], line["class"], line["units"], self.when)
        self.unit_lines.add(line["id"])

    def units_move(self, line):
        need(line["from"] != line["to"], "self_transfer", line["to"])
        group = self.start_units(line)
        self.need_movable(group, line)
        self.need_holder(group, line["from"], line["to"])
        self.need_no_estate(line["from"], self.when)
        self.need_units(line)
        self.need_under_cap(group, line["to"], line["units"])
        self.need_in_order(line, line["from"], line["to"])
        self.give(group, line["to"], line["units"])
        self.change_units(line["from"], line["class"], -line["units"], self.when)
        self.change_units(line["to"], line["class"], line["units"], self.when)
        self.unit_lines.add(line["id"])

    def units_burn(self, line):
        self.start_units(line)
        self.need_no_estate(line["from"], self.when)
        self.need_units(line)
        self.need_in_order(line, line["from"])
        self.change_units(line["from"], line["class"], -line["units"], self.when)
        self.unit_lines.add(line["id"])

    # Section 6: works
    def work(self, line):
        need(line["work"] not in self.works, "conflict", line["work"])
        self.works[line["work"]] = "making"

    def need_work(self, name):
        need(name in self.works, "no_such_work", name)

    def need_work_goes_on(self, name):
        self.need_work(name)
        need(self.works[name] != "ended", "work_ended", name)

    def work_phase(self, line):
        self.need_work_goes_on(line["work"])
        self.works[line["work"]] = line["phase"]

    def credit(self, line):
        need(line["id"] not in self.credits, "conflict", line["id"])
        self.need_work_goes_on(line["work"])
        for field in ("member", "confirmed"):
            self.member(line.get(field, line["member"]))
        need(line.get("confirmed") != line["member"], "self_confirmation", line["member"])
        last = month_number(line["last"]) if "last" in line else None
        need(last is None or last >= month_number(line["from"]), "period_out_of_order", line.get("last"))
        self.credits[line["id"]] = {"work": line["work"], "member": line["member"], "from": month_number(line["from"]),
                                    "last": last, "weight": line["weight"], "confirmed": "confirmed" in line}

    def credit_confirm(self, line):
        self.confirm(self.credits, line)

    def confirm(self, records, line):
        record = self.record(records, line)
        self.member(line["by"])
        need(line["by"] != record["member"], "self_confirmation", line["by"])
        need(not record["confirmed"], "conflict", "it is confirmed")
        record["confirmed"] = True

    def record(self, records, line):
        need(line["id"] in records, "no_such_record", line["id"])
        return records[line["id"]]

    def credit_end(self, line):
        record, last = self.record(self.credits, line), month_number(line["last"])
        need(record["last"] is None or last < record["last"], "conflict", line["last"])
        need(self.last_closed is None or last >= self.last_closed or record["from"] > self.last_closed, "period_closed", line["last"])
        record["last"] = last

    # Section 6: contributions
    def contribution_kind(self, line):
        need(line["type"] not in self.kinds, "conflict", line["type"])
        self.kinds[line["type"]] = line["weight"], line.get("as", "work")

    def contribution(self, line):
        need(line["id"] not in self.contributions, "conflict", line["id"])
        for field in ("member", "confirmed"):
            self.member(line.get(field, line["member"]))
        need(line["type"] in self.kinds, "no_such_kind", line["type"])
        self.need_begun(line)
        need(line.get("confirmed") != line["member"], "self_confirmation", line["member"])
        self.check_evidence(line)
        if "goods" in line:
            need(line["points"] == line["goods"]["market"] - line["goods"]["paid"], "wrong_amount", line["points"])
        if "work" in line:
            self.need_work(line["work"])
        self.keep_evidence(line)
        by_row = line["voice"] == "operator" and "row" in line.get("evidence", {})
        weight, form = self.kinds[line["type"]]
        unpaid = line.get("unpaid", False)
        self.contributions[line["id"]] = {
            "member": line["member"], "weight": weight, "heap": (line.get("work", COMMON), form),
            "period": month_number(line["period"]), "points": line["points"], "counted": 0, "was_counted": False,
            "unpaid": unpaid, "waits": not unpaid, "by_row": by_row, "confirmed": by_row or "confirmed" in line}

    def counts_in(self, record, month):
        of_work = record.get("heap", (COMMON,))[0] is not COMMON
        return (record["waits"] and self.charters[0]["from"] <= record["period"] <= month
                and (not of_work or self.has_works(month)))

    def has_works(self, month):
        rules = by_currency(self.charter_of(month)["rules"], self.own_currency)
        return any("works" in one for one in rules.values())

    def contribution_confirm(self, line):
        self.confirm(self.contributions, line)

    def contribution_correct(self, line):
        record, points = self.record(self.contributions, line), line["points"]
        debts, heap = self.members[record["member"]]["debts"], record["heap"]
        less = max(0, record["counted"] - points)
        need(debts.get(heap, 0) + record["weight"] * less < WEIGHT_LIMIT, "weight_overflow", "debt")
        if points > record["points"] and not record["by_row"]:
            record["confirmed"] = False
        if record["was_counted"]:
            debts[heap] = debts.get(heap, 0) + record["weight"] * less
            record["waits"] = points > record["counted"]
            record["counted"] -= less
        record["points"] = points

    # Section 6: reviews
    def review(self, line):
        need(line["id"] not in self.reviews, "conflict", line["id"])
        members, relations = line["members"], line["relations"]
        need(len(members) <= 1000 and len(relations) <= 4, "too_many", "members or relations")
        for name in members:
            self.member(name)
        need(len(set(members)) == len(members), "duplicate_member", line["id"])
        need(members and relations and all(1 <= weight <= 1000 for weight in relations.values())
             and 1 <= line["pair_cap"] <= 10**9 and line["raters_min"] >= 1
             and 1 <= line.get("budget", 1) and ("budget" not in line or line["budget"] <= line["pair_cap"] * (len(members) - 1)),
             "bad_review", line["id"])
        need(self.at < seconds(line["seal_until"]) < seconds(line["reveal_until"]), "bad_deadline", line["seal_until"])
        self.reviews[line["id"]] = {**line, "ballots": {}, "closed": False}

    def round(self, line):
        need(line["round"] in self.reviews, "no_such_round", line["round"])
        return self.reviews[line["round"]]

    def review_ballot(self, line):
        review = self.round(line)
        self.member(line["by"])
        need(line["relation"] in review["relations"], "no_such_kind", line["relation"])
        need(self.at < seconds(review["seal_until"]), "too_late", review["seal_until"])
        need(line["by"] not in review["ballots"], "conflict", line["by"])
        need(len(review["ballots"]) < 10_000, "too_many", "ballots")
        review["ballots"][line["by"]] = {"relation": line["relation"], "seal": line["seal"], "scores": None}

    def review_reveal(self, line):
        review, by = self.round(line), line["by"]
        self.member(by)
        need(self.at >= seconds(review["seal_until"]), "too_early", review["seal_until"])
        need(self.at < seconds(review["reveal_until"]), "too_late", review["reveal_until"])
        need(by in review["ballots"], "no_such_record", by)
        ballot, scores = review["ballots"][by], line["scores"]
        need(ballot["scores"] is None, "conflict", "it is open")
        said = write_json({field: line[field] for field in ("by", "round", "salt", "scores")})
        need(H(said).hex() == ballot["seal"], "bad_seal", by)
        need(all(name in review["members"] and name != by and points <= review["pair_cap"] for name, points in scores.items())
             and sum(scores.values()) == review.get("budget", sum(scores.values())), "bad_review", by)
        ballot["scores"] = scores

    def review_close(self, line):
        review = self.round(line)
        need(not review["closed"], "conflict", line["round"])
        need(self.at >= seconds(review["reveal_until"]), "too_early", review["reveal_until"])
        review["closed"] = True
        results = {name: review_result(review, name) for name in review["members"]}
        self.closed_reviews.append({"period": month_number(review["period"]),
                                    "results": {name: result for name, result in results.items() if result is not None}})

    # Section 6: segments
    def segment(self, line):
        need(line["id"] not in self.segments, "conflict", line["id"])
        need(len(line["members"]) <= 1000, "too_many", "members")
        need(len(line["members"]) > 0, "no_such_member", "nobody")
        for name in line["members"]:
            self.member(name)
        need(len(set(line["members"])) == len(line["members"]), "duplicate_member", line["id"])
        self.need_begun(line)
        self.check_evidence(line)
        self.keep_evidence(line)
        self.segments[line["id"]] = {"members": line["members"], "period": month_number(line["period"]),
                                     "points": line["points"], "waits": True}

    def segment_withdraw(self, line):
        record = self.record(self.segments, line)
        need(record["waits"], "conflict", "it does not wait")
        record["waits"] = False

    # Section 6: currencies, income, conversions and openings
    def currency(self, line):
        need(is_code(line["code"]) and line["exponent"] <= 30, "bad_currency", line["code"])
        need(line["code"] not in self.books, "conflict", line["code"])
        need(len(self.books) <= 16, "too_many", "currencies")
        self.books[line["code"]] = Books(line["exponent"])

    def books_of(self, code):
        need(code in self.books, "mixed_assets", code)
        return self.books[code]

    def income(self, line):
        need(line["id"] not in self.incomes, "conflict", line["id"])
        books = self.books_of(line["currency"])
        need(line.get("from") != self.dao_id(), "wrong_domain", "from itself")
        need(self.charters, "no_charter")
        amount, period, work = int(line["amount"]), month_number(line["period"]), line.get("work", COMMON)
        month = max(period, self.open_month())
        self.need_begun(line)
        self.check_evidence(line)
        books.need_room(amount)
        if work is not COMMON:
            self.need_work(work)
        self.need_rules_for(work, line["currency"], month)  # last, though the table has only the other no_charter
        books.add_total(amount)
        self.keep_evidence(line)
        self.incomes[line["id"]] = {"currency": line["currency"], "from": line.get("from"), "amount": amount, "work": work,
                                    "period": period, "month": month, "waiting": amount, "distributed": 0}
        books.stream(work).wait(month, amount)

    def need_rules_for(self, work, currency, month):
        """What a work earns needs rules in the charter of the month that it enters."""
        rules = by_currency(self.charter_of(month)["rules"], self.own_currency).get(currency, {})
        need(work is COMMON or "works" in rules, "no_charter", f"no rules for works in {currency}")

    def income_correct(self, line):
        need(line["id"] in self.incomes, "no_such_record", line["id"])
        record, amount = self.incomes[line["id"]], int(line["amount"])
        books, waited, distributed = self.books[record["currency"]], record["waiting"], record["distributed"]
        taken = max(distributed - amount, 0)
        books.need_room(amount - record["amount"] + taken)
        if max(amount - distributed, 0) > waited:
            self.need_rules_for(record["work"], record["currency"], max(record["period"], self.open_month()))
        books.add_total(amount - record["amount"] + taken)
        stream = books.stream(record["work"])
        # Where something waited, that was in the month where what waits now will wait: both are open.
        record.update(amount=amount, month=max(record["period"], self.open_month()),
                      waiting=max(amount - distributed, 0), distributed=min(distributed, amount))
        stream.wait(record["month"], record["waiting"] - waited)
        stream.deficit += taken

    def conversion(self, line):
        need(line["id"] not in self.conversions, "conflict", line["id"])
        taken, given = self.books_of(line["currency"]), self.books_of(line["into"])
        need(taken is not given, "mixed_assets", "to itself")
        need(self.charters, "no_charter")
        month = month_number(line["period"])
        need(month >= self.open_month(), "period_closed", line["period"])
        self.need_begun(line)
        amount, gives, rate = int(line["amount"]), int(line["gives"]), line["rate"]
        need(min(amount, int(rate["gives"]), int(rate["of"])) > 0, "bad_number", "amount or rate")
        self.check_evidence(line)
        right = ROUNDINGS[line["rounding"]](Fraction(amount * int(rate["gives"]), int(rate["of"])))
        given.need_room(right)
        need(gives == right, "wrong_amount", line["gives"])
        need(amount <= taken.spare(month), "balance_exceeded", f"{amount} of {taken.spare(month)}")
        given.total_in += gives
        self.keep_evidence(line)
        taken.wait(month, -amount)
        given.wait(month, gives)
        self.conversions[line["id"]] = {"month": month, "taken": taken, "amount": amount, "given": given, "gives": gives,
                                        "undone": False}

    def conversion_undo(self, line):
        need(line["id"] in self.conversions, "no_such_record", line["id"])
        record = self.conversions[line["id"]]
        month, taken, given = record["month"], record["taken"], record["given"]
        need(not record["undone"], "conflict", "it is undone")
        need(month >= self.open_month(), "period_closed", month_text(month))
        need(record["gives"] <= given.spare(month), "balance_exceeded", f"{record['gives']} of {given.spare(month)}")
        given.total_in -= record["gives"]
        given.wait(month, -record["gives"])
        taken.wait(month, record["amount"])
        record["undone"] = True

    def opening(self, line):
        need(line["id"] not in self.openings, "conflict", line["id"])
        books = self.books_of(line["currency"])
        need(self.last_closed is None, "period_closed", "a month is closed")
        amount, to = int(line["amount"]), line["to"]
        if not is_purse(to):
            self.member(to)
        self.check_evidence(line)
        books.add_total(amount)
        self.keep_evidence(line)
        self.openings[line["id"]] = amount
        books.receive(to, amount)

    # Section 6: payments
    def standing_charter(self):
        """The charter of the last closed month, else the first."""
        if not self.charters:
            return None
        return self.charters[0] if self.last_closed is None else self.charter_of(self.last_closed)

    def minimum(self, currency):
        charter = self.standing_charter()
        rules = by_currency(charter["rules"], self.own_currency).get(currency, {}) if charter else {}
        return int(rules.get("minimum", "0"))

    def payment(self, line):
        need(line["id"] not in self.payments, "conflict", line["id"])
        books = self.books_of(line["currency"])
        member, amount, owed = self.member(line["member"]), int(line["amount"]), books.owed.get(line["member"], 0)
        need("wallet" not in line or self.speaks(line["wallet"], line["member"]), "no_such_key", line["id"])
        self.need_no_estate(line["member"])  # first, as section 6 says; in the table it comes later
        need(amount <= owed, "owed_exceeded", f"{amount} of {owed}")
        need(amount <= owed - books.disputed(line["member"]), "disputed", line["member"])
        minimum = self.minimum(line["currency"]) if is_active(member) else 0
        need(amount >= max(1, minimum), "below_minimum", line["amount"])
        books.owed[line["member"]] -= amount
        self.payments[line["id"]] = {"member": line["member"], "books": books, "amount": amount, "state": "planned", "seq": self.seq,
                                     "currency": line["currency"], "wallet": line.get("wallet")}

    def payment_sent(self, line):
        need(line["id"] in self.payments, "no_such_payment", line["id"])
        need(self.payments[line["id"]]["state"] == "planned", "conflict", "not planned")
        self.payments[line["id"]]["state"] = "sent"

    def end_payment(self, line, state):
        need(line["id"] in self.payments, "no_such_payment", line["id"])
        record = self.payments[line["id"]]
        need(int(line["amount"]) == record["amount"], "wrong_amount", line["amount"])
        need(record["state"] in ("planned", "sent"), "conflict", "it has ended")
        stated = record["wallet"] and any(seq > record["seq"] for seq in self.statements)
        need(state != "failed" or not stated, "conflict", "a statement names it")
        self.check_evidence(line)
        self.keep_evidence(line)
        record["state"] = state
        return record

    def payment_settled(self, line):
        self.end_payment(line, "settled")

    def payment_failed(self, line):
        record = self.end_payment(line, "failed")
        self.owe(record["books"], record["member"], record["amount"])

    # Section 6: costs, spendings and waivers
    def cost(self, line):
        need(line["id"] not in self.costs, "conflict", line["id"])
        books, work, amount = self.books_of(line["currency"]), line.get("work", COMMON), int(line["amount"])
        self.member(line["member"])
        if work is not COMMON:
            self.need_work_goes_on(work)
        need(amount > 0, "bad_number", "no cost")
        self.check_evidence(line)
        purse = f"work:{work}" if work is not COMMON else None
        at_once = min(amount, books.purses.get(purse, 0))
        waits = books.costs.get(work, {})
        need(sum(waits.values()) + amount - at_once < WEIGHT_LIMIT, "amount_too_large", "what waits of costs")
        self.keep_evidence(line)
        self.costs.add(line["id"])
        if at_once:
            books.purses[purse] -= at_once
            self.owe(books, line["member"], at_once)
        waits = books.costs.setdefault(work, {})
        waits[line["member"]] = waits.get(line["member"], 0) + amount - at_once

    def spend(self, line):
        need(line["id"] not in self.spendings, "conflict", line["id"])
        books, amount = self.books_of(line["currency"]), int(line["amount"])
        need(amount > 0, "bad_number", "nothing")
        self.check_evidence(line)
        need(amount <= books.purses.get(line["from"], 0), "balance_exceeded", line["from"])
        self.keep_evidence(line)
        self.spendings.add(line["id"])
        books.purses[line["from"]] -= amount

    def waive(self, line):
        need(line["id"] not in self.waivers, "conflict", line["id"])
        books, amount = self.books_of(line["currency"]), int(line["amount"])
        self.member(line["member"])
        owed = books.owed.get(line["member"], 0)
        need(amount > 0, "bad_number", "nothing")
        self.need_no_estate(line["member"])
        need(amount <= owed, "owed_exceeded", f"{amount} of {owed}")
        need(amount <= owed - books.disputed(line["member"]), "disputed", line["member"])
        self.waivers.add(line["id"])
        books.owed[line["member"]] -= amount
        books.receive("pool:" + line["to"], amount)

    # Section 6: wills
    def will(self, line):
        member, executors = self.member(line["member"]), line["executors"]
        named = heirs_of(line["heirs"])
        for name in [*named, *executors]:
            self.member(name)
        self.need_no_estate(line["member"])
        need(1 <= line["whole"] <= 10**9 and parts_fit(line["heirs"], line["whole"], 1), "bad_will", "parts")
        need(len(named) <= 100 and len(set(named)) == len(named) and line["member"] not in named, "bad_will", "heirs")
        need(1 <= len(executors) <= 20 and len(set(executors)) == len(executors) and line["member"] not in executors,
             "bad_will", "executors")
        need(1 <= line["needed"] <= len(executors) and 1 <= line["wait_days"] <= 3660, "bad_will", "needed or wait_days")
        need(not member["died"], "not_member", line["member"])
        member["will"] = line

    def will_alive(self, line):
        self.member(line["member"])
        announced = self.announced(line["member"])
        need(announced is not None, "no_such_proposal", line["member"])
        announced["state"] = "cancelled"

    def announced(self, name):
        """The open announcement of somebody's death, or None."""
        return next((p for p in self.proposals.values()
                     if p["state"] == "open" and p["does"] == "estate" and p["what"]["member"] == name), None)

    # Section 6: proposals
    def propose(self, line):
        need(line["id"] not in self.proposals and line["id"] not in self.drafts, "conflict", line["id"])
        does = [word for word in PROPOSALS if word in line]
        need(does, "missing_field", "it does nothing")
        need(len(does) == 1, "unknown_field", "it does more than one thing")
        does, what, by, until = does[0], line[does[0]], line.get("by"), seconds(line["until"])
        proposal = {"does": does, "what": what, "by": by, "until": until, "when": self.when, "leaf": self.leaf,
                    "signed": set(), "objected": set(), "state": "open", "pledged": {}}
        if by is not None:
            self.member(by)
        will = self.member(what["member"])["will"] if does == "estate" else None
        need(by is None or does == "estate" or is_active(self.members[by]), "not_member", by)
        days = will["wait_days"] if will else self.consent_to(does).get("days", 0)
        need(self.at < until <= self.at + 3660 * DAY and until >= self.at + days * DAY, "bad_deadline", line["until"])
        if does == "charter":
            self.check_charter(what, until)
        elif does == "stewards":
            check_stewards(what)
        elif does == "recognise":
            need(len(what["records"]) <= 1000, "too_many", "records")
            self.need_unpaid(what["records"])
        elif does == "pledges":
            self.books_of(what["currency"])
            self.need_work_goes_on(what["work"])
            need(int(what["threshold"]) > 0, "bad_number", "threshold")
        else:
            need(self.announced(what["member"]) is None, "conflict", "it is announced")
            need(will is not None, "no_such_will", what["member"])
            need(by in will["executors"], "unauthorised", by)
            proposal["signed"].add(by)
        self.proposals[line["id"]] = proposal

    def consent_to(self, does):
        """What the charter of this moment wants for a charter, a recognition or a draft."""
        charter = self.charter_at(self.at)
        return charter["rules"].get("consent", {}).get(does, {}) if charter else {}

    def need_unpaid(self, records):
        need(records and len(set(records)) == len(records), "no_such_record", "none, or one twice")
        for name in records:
            need(name in self.contributions and self.contributions[name]["unpaid"], "no_such_record", name)

    def proposal(self, name, does=None):
        found = self.proposals.get(name)
        need(found and found["state"] == "open" and does in (None, found["does"]), "no_such_proposal", name)
        return found

    def sign(self, line):
        proposal = self.proposal(line["id"])
        need(self.at < proposal["until"], "too_late", line["id"])
        by_steward = ("steward", "steward_signature")
        wanted, others = (by_steward, ("by",)) if proposal["does"] == "stewards" else (("by",), by_steward)
        need(not any(field in line for field in others), "unknown_field", others)  # the table has these two the other way
        need(all(field in line for field in wanted), "missing_field", wanted)
        if proposal["does"] == "stewards":
            name = "steward " + line["steward"]  # no member's id
            key = next((steward["key"] for steward in self.stewards if steward["name"] == line["steward"]), None)
            need(key is not None, "not_a_steward", name)
            message = tagged(b"mikoshi/proposal/v1", self.leaves[0] + proposal["leaf"])
            need(message_verifies(key, self.leaves[0], message, bytes.fromhex(line["steward_signature"])), "bad_signature", name)
        else:
            name = line["by"]
            self.member(name)
            need(proposal["does"] != "pledges", "unauthorised", "pledges are not signed")
            if proposal["does"] == "estate":
                need(name in self.members[proposal["what"]["member"]]["will"]["executors"], "unauthorised", name)
            else:
                need(is_active(self.members[name]), "not_member", name)
        need(name not in proposal["signed"], "conflict", name)
        proposal["signed"].add(name)

    def objections_to(self, line):
        """The draft or the proposal that a line is about, by its id."""
        if line["id"] in self.drafts:
            need(self.drafts[line["id"]]["state"] == "open", "no_such_draft", line["id"])
            return self.drafts[line["id"]], None
        return None, self.proposal(line["id"])

    def need_in_time(self, draft, proposal):
        """A draft without consent to wait for takes objections as long as it is open."""
        if proposal:
            need(self.at < proposal["until"], "too_late", "the proposal")
        elif "draft" in self.charter_of(draft["month"])["rules"].get("consent", {}):
            days = self.charter_of(draft["month"])["rules"]["consent"]["draft"]["days"]
            need(self.at < draft["at"] + days * DAY, "too_late", "the draft")

    def object(self, line):
        by = line["by"]
        member = self.member(by)
        need(is_active(member) or line.get("line") == by, "not_member", by)
        draft, proposal = self.objections_to(line)
        need(proposal or "line" in line, "missing_field", "line")
        need(draft or "line" not in line, "unknown_field", "line")
        if draft:
            self.member(line["line"])
        self.need_in_time(draft, proposal)
        entry = (line["line"], by) if draft else by
        objected = (draft or proposal)["objected"]
        need(entry not in objected, "conflict", by)
        objected.add(entry)

    def withdraw(self, line):
        by = line["by"]
        self.member(by)
        draft, proposal = self.objections_to(line)
        need(draft or "line" not in line, "malformed", "a proposal has no lines")
        entry, records = ((line.get("line"), by), [draft["objected"]]) if draft else (by, [proposal["signed"], proposal["objected"]])
        need(any(entry in record for record in records), "no_such_record", by)
        if proposal:
            self.need_in_time(None, proposal)
        for record in records:
            record.discard(entry)

    def pledge(self, line):
        need(line["id"] not in self.pledges, "conflict", line["id"])
        proposal, amount = self.proposal(line["round"], "pledges"), int(line["amount"])
        self.member(line["member"])
        need(self.at < proposal["until"], "too_late", line["round"])
        self.need_work_goes_on(proposal["what"]["work"])
        need(amount > 0, "bad_number", "nothing")
        self.check_evidence(line)
        pledged, books = proposal["pledged"], self.books[proposal["what"]["currency"]]
        need(sum(pledged.values()) + amount < WEIGHT_LIMIT, "amount_too_large", "the round")
        books.add_total(amount)
        self.keep_evidence(line)
        self.pledges[line["id"]] = amount
        pledged[line["member"]] = pledged.get(line["member"], 0) + amount

    def cancel(self, line):
        proposal, by = self.proposal(line["id"]), line.get("by")
        if by is not None:
            self.member(by)
        need(by == proposal["by"] if by is not None or proposal["does"] == "estate" else True, "unauthorised", by)
        proposal["state"] = "cancelled"
        for name, amount in proposal["pledged"].items():
            self.owe(self.books[proposal["what"]["currency"]], name, amount)

    def execute(self, line):
        proposal = self.proposal(line["id"])
        does, what, signed = proposal["does"], proposal["what"], proposal["signed"]
        if does == "stewards":
            need(self.at < proposal["until"], "too_late", line["id"])
        else:
            need(self.at >= proposal["until"], "too_early", line["id"])
        getattr(self, "execute_" + does)(what, proposal, signed)
        proposal["state"] = "executed"

    def need_consent(self, proposal):
        active = {name for name, member in self.members.items() if is_active(member)}
        first, second = self.consent_to(proposal["does"]).get("sign", [0, 1])
        agree, object_ = len(active & proposal["signed"]), len(active & proposal["objected"])
        need(agree * second >= len(active) * first + object_ * second, "consent_missing", f"{agree} signed, {object_} object")

    def execute_charter(self, what, proposal, _):
        self.need_consent(proposal)
        self.check_charter(what, self.at)
        self.add_charter(what)

    def execute_recognise(self, what, proposal, _):
        self.need_consent(proposal)
        self.need_unpaid(what["records"])
        for name in what["records"]:
            record = self.contributions[name]
            record.update(unpaid=False, waits=True)  # without points it counts nothing until it is corrected

    def execute_stewards(self, what, _, signed):
        need(len(signed & {"steward " + steward["name"] for steward in self.stewards}) >= self.threshold, "consent_missing", "stewards")
        self.change_stewards(what)
        for other in self.proposals.values():
            if other["does"] == "stewards":
                other["signed"] = set()

    def execute_pledges(self, what, proposal, _):
        pledged, books, work = proposal["pledged"], self.books[what["currency"]], what["work"]
        whole = sum(pledged.values())
        need(whole >= int(what["threshold"]), "threshold_missed", f"{whole}")
        backing = books.backing.setdefault(work, {})
        need(sum(backing.values()) + whole < WEIGHT_LIMIT, "amount_too_large", "backing")
        books.receive(f"work:{work}", whole)
        for name, amount in pledged.items():
            backing[name] = backing.get(name, 0) + amount

    def execute_estate(self, what, _, signed):
        dead = what["member"]
        member = self.members[dead]
        will = member["will"]
        need(len(signed) >= will["needed"], "consent_missing", f"{len(signed)} executors")
        need(not any(name == dead for books in self.books.values() for _, name in books.disputes), "disputed", dead)
        heirs = self.living_heirs(will["heirs"])
        need(heirs, "no_eligible", dead)
        order = list(heirs).index
        for books in self.books.values():
            for name, amount in hamilton(books.owed.pop(dead, 0), heirs, order).items():
                books.receive(name, amount)
        for group in self.classes:
            units = self.units_of(dead, group)
            if units:
                self.change_units(dead, group, -units, self.at)
                for name, number in hamilton(units, heirs, order).items():
                    if number:
                        self.change_units(name, group, number, self.at)
            tickets = sorted(name for name, of in self.tickets.items() if of["class"] == group and of["moves"][-1][1] == dead)
            owners = [name for name, number in hamilton(len(tickets), heirs, order).items() for _ in range(number)]
            for name, owner in zip(tickets, owners):
                moves = self.tickets[name]["moves"]
                if moves[-1][0] > self.at:  # it is lent, and comes back to the heir
                    moves[-1] = (moves[-1][0], owner)
                else:
                    moves.append((self.at, owner))
        if is_active(member):
            member["stays"][-1][1] = member["last"] = self.at
        member["died"] = True

    def owe(self, books, name, amount):
        """What somebody who has died would be owed is owed to the living heirs."""
        member = self.members.get(name)
        heirs = self.living_heirs(member["will"]["heirs"]) if member and member["died"] else {}
        if not heirs:
            return books.receive(name, amount)
        for heir, part in hamilton(amount, heirs, list(heirs).index).items():
            books.receive(heir, part)

    def living_heirs(self, heirs):
        """The parts of those who inherit, in the order of the will."""
        found = {}
        for heir in heirs:
            if self.members[heir["member"]]["died"]:
                found.update(self.living_heirs(heir.get("heirs", [])))
            else:
                found[heir["member"]] = heir["parts"]
        return found

    def dispute_settle(self, line):
        need(line["draft"] in self.drafts, "no_such_draft", line["draft"])
        self.member(line["line"])
        key = line["draft"], line["line"]
        need(any(key in books.disputes for books in self.books.values()), "no_such_record", line["line"])
        for books in self.books.values():
            amount = books.disputes.pop(key, 0)
            if line["outcome"] == "returned" and amount:
                books.owed[line["line"]] -= amount
                books.wait(self.open_month(), amount)

    # Section 7: charters
    def charter(self, line):
        self.need_new_charter(line)
        need(not self.consent_to("charter"), "consent_missing", "a proposal takes its place")  # section 7; in the table it is last
        self.check_charter(line, self.at)
        self.add_charter(line)

    def need_new_charter(self, new):
        need(new["id"] not in [c["id"] for c in self.charters], "conflict", new["id"])

    def add_charter(self, new):
        self.charters.append({"id": new["id"], "from": month_number(new["from"]), "rules": new["rules"],
                              "hash": H(write_json(new["rules"])).hex()})

    def check_charter(self, new, at):
        """What a charter of these fields is refused for at a time."""
        self.need_new_charter(new)
        check_rules(new["rules"])
        start = month_number(new["from"])
        need(start <= month_of(at, self.offset) + 24, "future_period", new["from"])
        if self.charters:
            need(month_start(start, self.offset) > at and start > self.charters[-1]["from"], "charter_too_late", new["from"])
        self.check_charter_here(new["rules"], start)

    def check_charter_here(self, rules, start):
        """What of a charter depends on the community and on the charter before."""
        before = by_currency(self.charters[-1]["rules"], self.own_currency) if self.charters else {}
        bad_charter_unless(self.own_currency not in rules.get("currencies", {}), "the DAO's own currency among the others")
        for code, now in by_currency(rules, self.own_currency).items():
            bad_charter_unless(code in self.books, f"the currency {code} is not declared")
            for root in trees_of(now):
                bad_charter_unless("dao:" + self.dao_id() not in partners(root), "its own partner")
            check_against(now, before.get(code, {}), start)

    def charter_of(self, month):
        return [c for c in self.charters if c["from"] <= month][-1]

    # Section 8: drafts, approvals, statements
    def draft(self, line):
        need(line["id"] not in self.drafts and line["id"] not in self.proposals, "conflict", line["id"])
        month = month_number(line["period"])
        need(self.at >= month_start(month + 1, self.offset), "period_not_over", line["period"])
        need(self.charters, "no_charter")
        need(month >= self.open_month(), "period_closed", line["period"])
        need(month == self.open_month(), "period_out_of_order", line["period"])
        computed = Distribution(self, month)
        need(line["record"] == line["seq"], "stale_draft", "record is not its seq")
        need(line["charter"] == computed.charter["hash"], "payout_mismatch", "charter")
        given = line["outcome"]
        differing = [k for k in computed.outcome.keys() | given.keys() if computed.outcome.get(k) != given.get(k)]
        need(not differing, "payout_mismatch", "it does not recompute: " + ", ".join(sorted(differing)))
        for other in self.drafts.values():
            if other["state"] == "open":
                other["state"] = "void"
        self.drafts[line["id"]] = {"month": month, "outcome": line["outcome"], "state": "open", "at": self.at, "objected": set()}

    def void(self, line):
        need(line["draft"] in self.drafts, "no_such_draft", line["draft"])
        need(self.drafts[line["draft"]]["state"] == "open", "conflict", "not open")
        self.drafts[line["draft"]]["state"] = "void"

    def approve(self, line):
        need(line["draft"] in self.drafts, "no_such_draft", line["draft"])
        draft = self.drafts[line["draft"]]
        need(draft["state"] == "open", "conflict", "not open")
        days = self.charter_of(draft["month"])["rules"].get("consent", {}).get("draft", {}).get("days", 0)
        need(self.at >= draft["at"] + days * DAY, "too_early", line["draft"])
        computed = Distribution(self, draft["month"])
        need(computed.outcome == draft["outcome"], "stale_draft", line["draft"])
        count = sum(len(totals_by_currency(entry["outcome"])) for entry in [*self.waiting, draft])
        need(count <= 100, "too_many", "approved months wait for a statement")
        draft["state"] = "approved"
        self.close_month(computed)
        for name in {of for of, _ in draft["objected"]}:
            for code, part in computed.parts.items():
                if part.got.get(name, 0) > 0 and not self.members[name]["died"]:
                    self.books[code].disputes[line["draft"], name] = part.got[name]
        self.waiting.append({"id": line["draft"], "outcome": draft["outcome"], "period": month_text(draft["month"])})
        self.distributions.append(computed)

    def close_month(self, computed):
        month = computed.month
        for code, books in self.books.items():
            income = books.waiting.pop(month, 0)
            part = computed.parts.get(code)
            if part is None:
                recouped = min(income, books.deficit)
                books.deficit -= recouped
                books.wait(month + 1, income - recouped)
                continue
            for name, amount in part.got.items():
                self.owe(books, name, amount)
            books.pools.update(part.pools)
            for name in part.ends:
                books.pools.pop(name, None)
            books.costs = part.costs
            for work, recouped in part.recouped.items():
                books.stream(work).deficit -= recouped
                books.stream(work).waiting.pop(month, None)
        for (name, heap), weighs in computed.weigher.counted().items():
            debts = self.members[name]["debts"]
            debts[heap] = max(0, debts.get(heap, 0) - weighs)
        for record in computed.weigher.counting:
            record.update(counted=record["points"], was_counted=True, waits=False)
        for record in computed.weigher.segments_counting:
            record["waits"] = False
        for record in self.incomes.values():
            if record["month"] == month:
                record["distributed"] += record["waiting"]
                record["waiting"] = 0
        self.last_closed = month

    def member_leaves(self):
        holds = {name: {} for name in self.members}
        for ticket in self.tickets.values():
            holder, group = ticket["moves"][-1][1], ticket["class"]
            if holder is not None:
                holds[holder][group] = holds[holder].get(group, 0) + 1
        for (group, name), moves in self.units.items():
            if moves[-1][1] > 0:
                holds[name][group] = moves[-1][1]
        leaves = []
        for name in sorted(self.members):
            leaf = {"entitled": entitled(self.books[self.own_currency], name), "holds": holds[name], "member": name,
                    "owed": str(self.books[self.own_currency].owed.get(name, 0))}
            others = {code: {"entitled": entitled(books, name), "exponent": books.exponent,
                             "owed": str(books.owed.get(name, 0))}
                      for code, books in self.books.items() if code != self.own_currency}
            others = {code: of for code, of in others.items() if of["entitled"] or of["owed"] != "0"}
            leaves.append(write_json({**leaf, "others": others} if others else leaf))
        return leaves

    def claims(self):
        """What wallets may claim, as a statement says it; none: None."""
        wallets = {}
        for record in self.payments.values():
            if record["wallet"] and record["state"] != "failed":
                of = wallets.setdefault(record["currency"], {})
                of[record["wallet"]] = of.get(record["wallet"], 0) + record["amount"]
        return [{"currency": code, "payees": len(of), "root": claim_root(of).hex(), "total": str(sum(of.values()))}
                for code, of in sorted(wallets.items())] or None

    def statement(self, line):
        need(self.charters, "no_charter")
        need(line["charter"] == self.standing_charter()["hash"], "payout_mismatch", "charter")
        need(line["currency"] == self.own_currency, "payout_mismatch", "currency")
        need(line["distributions"] == self.waiting, "payout_mismatch", "distributions")
        need(line.get("claims") == self.claims(), "payout_mismatch", "claims")
        leaves = self.member_leaves()
        need(line["members"]["count"] == len(leaves), "payout_mismatch", "number of members")
        need(line["members"]["root"] == hash_tree(leaves).hex(), "payout_mismatch", "member tree")
        self.waiting = []
        self.statements.add(self.seq)


def claim_root(amounts):
    """Section 9, the claim tree, over {wallet: amount}."""
    leaves = sorted(K(K(bytes(12) + bytes.fromhex(wallet[6:]) + amount.to_bytes(32, "big"))) for wallet, amount in amounts.items())
    nodes = [b""] * (len(leaves) - 1) + leaves[::-1]
    for i in reversed(range(len(leaves) - 1)):
        nodes[i] = K(b"".join(sorted(nodes[2 * i + 1:2 * i + 3])))
    return nodes[0]


def entitled(books, name):
    """The pools of a currency that have paid a member something or keep a fraction in the member's name."""
    found = {}
    for pool_name, pool in books.pools.items():
        fraction, paid = pool.fraction.get(name, GRACE), pool.paid.get(name, 0)
        if pool.sort[:2] in (("among", "carry"), ("recoup", "pledges")) and (paid or fraction != GRACE):
            found[pool_name] = {"fraction": f"{fraction:016x}", "paid": str(paid)}
    return found


def check_stewards(new):
    stewards, k = new["stewards"], new["threshold"]
    need(len(stewards) <= 256, "too_many", "stewards")
    names = [steward["name"] for steward in stewards]
    need(names == sorted(set(names)), "conflict", "stewards do not ascend by name")
    need(len({steward["key"] for steward in stewards}) == len(stewards), "conflict", "two stewards of one key")
    need(0 < k <= len(stewards) < 2 * k, "bad_threshold", f"{k} of {len(stewards)}")


def review_result(review, name):
    """What a closed round gives a member: an exact fraction, or None."""
    whole, weights = Fraction(0), 0
    for relation, weight in review["relations"].items():
        opened = [ballot["scores"] for by, ballot in review["ballots"].items()
                  if ballot["relation"] == relation and ballot["scores"] is not None and by != name]
        points = sorted(scores.get(name, 0) for scores in opened if name in scores or "budget" in review)
        n = len(points)
        if n < review["raters_min"]:
            continue
        quarter = n // 4 if review["method"] == "trimmed" else (n - 1) // 2  # the middle one or two are left for a median
        middle = points[quarter:n - quarter]
        whole += weight * Fraction(sum(middle), len(middle))
        weights += weight
    return whole / weights if weights else None


def heirs_of(heirs):
    """All that are named, in the order of the will."""
    return [name for heir in heirs for name in [heir["member"], *heirs_of(heir.get("heirs", []))]]


def parts_fit(heirs, whole, generation):
    """The parts add up to the whole, and those of each heir's heirs to the heir's."""
    return (generation <= 4 and sum(heir["parts"] for heir in heirs) == whole
            and all(heir["parts"] >= 1 and ("heirs" not in heir or parts_fit(heir["heirs"], heir["parts"], generation + 1))
                    for heir in heirs))


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


@functools.lru_cache(4096)
def lift_x(x):
    """The even y of the point with this x, or None."""
    square = (pow(x, 3, P) + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if x >= P or y * y % P != square:
        return None
    return y if y % 2 == 0 else P - y


def sum_of_products(a, p, b, q):
    """a·p + b·q, as (x, y), or None at infinity."""
    both, result = add(p, q), (1, 1, 0)
    for bit in range(255, -1, -1):
        result = double(result)
        if a >> bit & 1 or b >> bit & 1:
            result = add(result, both if a >> bit & b >> bit & 1 else p if a >> bit & 1 else q)
    if result[2] == 0:
        return None
    inverse = pow(result[2], -1, P)
    return result[0] * inverse**2 % P, result[1] * inverse**3 % P


@functools.lru_cache(4096)
def schnorr_verifies(key, message, signature):
    x, r, s = (int.from_bytes(b, "big") for b in (key, signature[:32], signature[32:]))
    y = lift_x(x)
    if y is None or r >= P or s >= N or len(signature) != 64:
        return False
    e = N - int.from_bytes(tagged(b"BIP0340/challenge", signature[:32] + key + message), "big") % N
    point = sum_of_products(s, G, e, (x, y, 1))
    return point is not None and point[1] % 2 == 0 and point[0] == r


# ---- Section 4: claims, and Ethereum's ways to sign them

ROTATIONS = ((0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14))


def round_constants():
    register = 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << (1 << j) - 1
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        yield constant


ROUND_CONSTANTS = tuple(round_constants())


def keccak_permutation(a):
    """Keccak-f[1600] on five by five lanes, a[x][y]."""
    turn = lambda lane, by: (lane << by | lane >> 64 - by) & UNIT - 1  # noqa: E731
    for constant in ROUND_CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ turn(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = turn(a[x][y] ^ d[x], ROTATIONS[x][y])
        a = [[b[x][y] ^ ~b[(x + 1) % 5][y] & b[(x + 2) % 5][y] for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


@functools.lru_cache(4096)
def K(data):
    """Keccak-256 as Ethereum uses it: with the padding from before SHA-3."""
    rate = 136
    data += b"\1" + bytes(-(len(data) + 1) % rate)
    data = data[:-1] + bytes([data[-1] | 0x80])
    a = [[0] * 5 for _ in range(5)]
    for start in range(0, len(data), rate):
        for lane in range(rate // 8):
            a[lane % 5][lane // 5] ^= int.from_bytes(data[start + 8 * lane:][:8], "little")
        a = keccak_permutation(a)
    return b"".join(a[x][0].to_bytes(8, "little") for x in range(4))


def claim_of(line, dao_id):
    return write_json({**{field: value for field, value in line.items() if field not in ("at", "seq", "signature")}, "dao": dao_id.hex()})


DOMAIN_TYPE, CLAIM_TYPE = (K(text) for text in (b"EIP712Domain(string name,string version,bytes32 salt)",
                                                b"Claim(string who,uint64 nonce,string expires,string text)"))


def typed_digest(who, nonce, expires, claim, dao_id):
    domain = K(DOMAIN_TYPE + K(b"mikoshi") + K(b"1") + dao_id)
    message = K(CLAIM_TYPE + K(who.encode()) + nonce.to_bytes(32, "big") + K(expires.encode()) + K(claim))
    return K(b"\x19\x01" + domain + message)


def personal_digest(claim):
    return K(b"\x19Ethereum Signed Message:\n" + str(len(claim)).encode() + claim)


def address_of(point):
    return "0x" + K(point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big"))[12:].hex()


@functools.lru_cache(4096)
def recovered_address(digest, signature):
    """The address of the key that an ECDSA signature r, s, v of a digest is by, or None."""
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if not 0 < r < N or not 0 < s <= N // 2 or v not in (27, 28) or lift_x(r) is None:
        return None
    y = lift_x(r) if v == 27 else P - lift_x(r)
    inverse = pow(r, -1, N)
    point = sum_of_products(s * inverse % N, (r, y, 1), -int.from_bytes(digest, "big") * inverse % N, G)
    return address_of(point) if point else None


def claim_verifies(line, dao_id):
    key, claim, signature = line["key"], claim_of(line, dao_id), bytes.fromhex(line["signature"])
    if key.startswith("bip340:"):
        return len(signature) == 64 and schnorr_verifies(bytes.fromhex(key[7:]), tagged(b"mikoshi/claim/v1", claim), signature)
    digests = typed_digest(line["who"], line["nonce"], line["expires"], claim, dao_id), personal_digest(claim)
    return len(signature) == 65 and any("eth:" + str(recovered_address(digest, signature)) == key for digest in digests)


# ---- Ed25519 (RFC 8032) on the curve -x^2 + y^2 = 1 + d x^2 y^2, in whole coordinates: slow and plain

EDWARDS_P, EDWARDS_ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
EDWARDS_D = -121665 * pow(121666, -1, EDWARDS_P) % EDWARDS_P


def edwards_add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = EDWARDS_D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + k, -1, EDWARDS_P) % EDWARDS_P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, EDWARDS_P) % EDWARDS_P)


def edwards_times(n, point):
    total = (0, 1)
    for bit in bin(n)[2:]:
        total = edwards_add(total, total)
        if bit == "1":
            total = edwards_add(total, point)
    return total


@functools.lru_cache(4096)
def edwards_point(data):
    """The point that 32 bytes spell, or None: no point, not its one spelling, or of small order."""
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255, number >> 255
    if y >= EDWARDS_P:
        return None
    square = (y * y - 1) * pow(EDWARDS_D * y * y + 1, -1, EDWARDS_P) % EDWARDS_P
    x = pow(square, (EDWARDS_P + 3) // 8, EDWARDS_P)
    if x * x % EDWARDS_P != square:
        x = x * pow(2, (EDWARDS_P - 1) // 4, EDWARDS_P) % EDWARDS_P
    if x * x % EDWARDS_P != square or (x == 0 and sign):
        return None
    point = (x if x % 2 == sign else EDWARDS_P - x, y)
    return None if edwards_times(8, point) == (0, 1) else point


EDWARDS_BASE = edwards_point((4 * pow(5, -1, EDWARDS_P) % EDWARDS_P).to_bytes(32, "little"))


@functools.lru_cache(4096)
def ed25519_verifies(key, message, signature):
    r, s = edwards_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or r is None or s >= EDWARDS_ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % EDWARDS_ORDER
    return edwards_times(s, EDWARDS_BASE) == edwards_add(r, edwards_times(h, edwards_point(key)))


# ---- What stewards sign

SNAPSHOT_TYPE, MESSAGE_TYPE = K(b"Snapshot(string origin,uint64 size,bytes32 root)"), K(b"Message(string purpose,bytes32 hash)")
SNAPSHOT_DOMAIN = K(K(b"EIP712Domain(string name,string version)") + K(b"mikoshi") + K(b"1"))


def wallet_verifies(key, domain, message, signature):
    return len(signature) == 65 and "eth:" + str(recovered_address(K(b"\x19\x01" + domain + message), signature)) == key


def message_verifies(key, dao_id, message, signature):
    """Whether a steward's key signed the message of a change of stewards."""
    if key.startswith("eth:"):
        domain = K(DOMAIN_TYPE + K(b"mikoshi") + K(b"1") + dao_id)
        return wallet_verifies(key, domain, K(MESSAGE_TYPE + K(b"mikoshi/proposal/v1") + message), signature)
    if key.startswith("ed25519:"):
        return ed25519_verifies(bytes.fromhex(key[8:]), message, signature)
    return len(signature) == 64 and schnorr_verifies(bytes.fromhex(key), message, signature)


def line_of_steward(name, key, note):
    """The key id of a steward's line under a note, and how its signature is checked."""
    def key_id(kind, data):
        return H(name.encode() + b"\n" + kind + data)[:4]
    if key.startswith("eth:"):
        origin, size = note["text"].decode().split("\n")[:2]
        message = K(SNAPSHOT_TYPE + K(origin.encode()) + int(size).to_bytes(32, "big") + note["root"])
        return key_id(b"\xffmikoshi/eip712", bytes.fromhex(key[6:])), lambda s: wallet_verifies(key, SNAPSHOT_DOMAIN, message, s)
    if key.startswith("ed25519:"):
        data = bytes.fromhex(key[8:])
        return key_id(b"\1", data), lambda s: ed25519_verifies(data, note["text"], s)
    data, message = bytes.fromhex(key), tagged(b"mikoshi/snapshot/v1", note["text"])
    return key_id(b"\xffmikoshi/bip340", data), lambda s: len(s) == 64 and schnorr_verifies(data, message, s)


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


def check_signatures(note, named_in, stewards, threshold):
    signed = []
    for steward in stewards:
        name = steward["name"]
        key_id, verifies = line_of_steward(name, steward["key"], note)
        signature = note["signatures"].get((name, key_id))
        if signature is not None:
            need(verifies(signature), "bad_signature", name)
            signed.append(name)
    need(len(signed) >= threshold, "quorum_not_met", f"{len(signed)} signed, {threshold} have to")
    return f"signed by {', '.join(signed)}: {len(signed)} of {len(stewards)}, {threshold} needed (stewards as line {named_in} names them)"


def check_note(data, state):
    note = parse_note(data)
    need(note["dao"] == state.leaves[0].hex(), "wrong_domain", "another DAO's snapshot")
    need(0 < note["size"] <= len(state.leaves), "proof_index_out_of_range", f"size {note['size']}")
    need(tree(state.leaves[:note["size"]], hash_join, b"") == note["root"], "root_mismatch",
         f"root of {note['size']} lines")
    need(note["size"] - 1 in state.statements, "no_snapshot", "its last line is not a statement")
    signed = check_signatures(note, *state.stewards_before(note["size"]))
    print(f"snapshot of {note['size']} lines, hash {H(note['text']).hex()}, {signed}")


# ---- Section 11: receipts

is_pool = is_either(is_id, pattern(r"[a-z0-9._-]{1,64}:[a-z0-9._-]{1,64}"))  # a work's pool is called WORK:NAME
is_entitled = is_map(is_object(fraction=is_fraction, paid=is_amount), is_pool)
is_standing_leaf = is_object(
    entitled=is_entitled, holds=is_map(is_count), member=is_id, owed=is_amount,
    others_opt=is_map(is_object(entitled=is_entitled, exponent=is_count, owed=is_amount), is_code))
is_payout = is_object(
    index=is_count, leaf=is_object(amount=is_amount, currency_opt=is_code, payee=is_either(is_id, is_purse, is_partner),
                                   period=is_period),
    path=is_array(is_object(hash=is_hash, sum=is_amount)))
is_handover = is_object(proposal=is_text, signatures=is_array(is_object(signature=is_signature, steward=is_id)))
is_body = is_object(dao=is_text, handovers_opt=is_array(is_handover), payouts=is_array(is_payout), statement=is_text,
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
    outcome = totals_by_currency(distributions[leaf["period"]]["outcome"])
    need(leaf.get("currency") in outcome, "mixed_assets", leaf.get("currency"))
    totals = outcome[leaf.get("currency")]
    path = [(int(item["sum"]), bytes.fromhex(item["hash"])) for item in payout["path"]]
    start = (int(leaf["amount"]), H(b"\0" + write_json(leaf)))
    promised = start[0] + sum(amount for amount, _ in path)
    need(not path or promised <= int(totals["distributed"]), "proof_mismatch", "more than was distributed")
    top = climb(start, payout["index"], totals["payees"], path, payout_join)
    need(top == (int(totals["distributed"]), bytes.fromhex(totals["payout_root"])), "proof_mismatch", "payout")
    print(f"payout: {leaf['amount']} {leaf.get('currency', '')} for {leaf['period']}, "
          f"leaf {payout['index']} of {totals['payees']}")


def hand_over(handover, stewards, threshold, dao_id):
    """The stewards after one change, which enough of those before have signed."""
    line = handover["proposal"].encode()
    proposal = parse_line(line)
    need(proposal["kind"] == "propose" and "stewards" in proposal, "bad_receipt", "no change of stewards")
    message = tagged(b"mikoshi/proposal/v1", dao_id + H(b"\0" + line))
    names = [one["steward"] for one in handover["signatures"]]
    keys = {steward["name"]: steward["key"] for steward in stewards}
    for i, one in enumerate(handover["signatures"]):
        need(i == 0 or names[i - 1] < names[i], "bad_receipt", "signatures do not ascend")
        need(one["steward"] in keys, "not_a_steward", one["steward"])
        need(message_verifies(keys[one["steward"]], dao_id, message, bytes.fromhex(one["signature"])), "bad_signature", one["steward"])
    need(len(names) >= threshold, "quorum_not_met", f"{len(names)} handed over, {threshold} have to")
    check_stewards(proposal["stewards"])
    return proposal["stewards"]["stewards"], proposal["stewards"]["threshold"]


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
        for totals in totals_by_currency(distribution["outcome"]).values():
            need(balances(totals), "payout_mismatch", f"{distribution['id']} does not balance")
    standing, members = body["standing"], statement["members"]
    top = climb(H(b"\0" + write_json(standing["leaf"])), standing["index"], members["count"],
                [bytes.fromhex(item) for item in standing["path"]], hash_join)
    need(top.hex() == members["root"], "proof_mismatch", "standing")
    need(standing["leaf"]["member"] == member, "wrong_member", f"the receipt of {standing['leaf']['member']}")
    print(f"standing of {member}: owed {standing['leaf']['owed']}, leaf {standing['index']} of {members['count']}")
    distributions = {distribution["period"]: distribution for distribution in statement["distributions"]}
    months = []
    for payout in body["payouts"]:
        check_payout(payout, member, distributions)
        months.append((payout["leaf"]["period"], payout["leaf"].get("currency", "")))
        need(len(months) == 1 or months[-2] < months[-1], "bad_receipt", "payouts do not ascend by month and currency")
    need(period is None or period in dict(months), "wrong_period", f"no payout for {period} in this receipt")
    named_in, stewards, threshold = first.stewards_before(1)
    need(body.get("handovers") != [], "bad_receipt", "no handover in a list of them")
    for handover in body.get("handovers", []):
        stewards, threshold = hand_over(handover, stewards, threshold, first.leaves[0])
        named_in = "0 and the changes of stewards"
    signed = check_signatures(note, named_in, stewards, threshold)
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


# ---- Section 13: two communities

def given_by(giver, taker):
    """What one ledger says that the giver gave the taker: by month and currency."""
    found = {}
    for distribution in giver.distributions:
        for code, part in distribution.parts.items():
            found[distribution.month, code] = part.got.get("dao:" + taker.dao_id(), 0)
    return found


def taken_from(taker, giver):
    """What the other ledger says of the same: by month and currency."""
    found = {}
    for record in taker.incomes.values():
        if record["from"] == giver.dao_id():
            key = record["period"], record["currency"]
            found[key] = found.get(key, 0) + record["amount"]
    return found


def check_partners(one, other):
    """Two replayed ledgers, held together for the months that both have closed."""
    closed = [-1 if state.last_closed is None else state.last_closed for state in (one, other)]
    for giver, taker in ((one, other), (other, one)):
        given, taken = given_by(giver, taker), taken_from(taker, giver)
        for month, code in sorted(given.keys() | taken.keys()):
            if month <= min(closed):
                gave, got = given.get((month, code), 0), taken.get((month, code), 0)
                need(gave == got, "payout_mismatch", f"{month_text(month)}: {giver.dao_id()} gave {gave} {code}, "
                     f"{taker.dao_id()} got {got}")
    print(f"partners: {one.dao_id()} and {other.dao_id()} agree on all months that both have closed")


# ---- Sections 14 and 15: the document's examples

def document_blocks(text, name):
    part = text.split(f"<!-- generated: {name} -->\n", 1)[1].split("<!-- end -->", 1)[0]
    return re.findall(r"```\n(.*?)```", part, re.S)


def check_carry_line(line):
    head, *steps = line.split("; ")
    weights = dict(enumerate(int(w) for w in head.removeprefix("weights ").split(", ")))
    pool = Pool({"to": "pool:example"})
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
    need("".join(line.decode() for line in state.distributions[0].parts[state.own_currency].shares) == shares, "payout_mismatch", "share lines")
    need(H(shares.encode()).hex() == state.distributions[0].outcome["digest"], "payout_mismatch", "digest")
    print(f"share lines: {shares.count(chr(10))}, and their digest")
    payouts, members = document_blocks(text, "example-leaves")
    own = state.distributions[0].parts[state.own_currency]
    need([leaf.decode() for _, leaf in own.payout_leaves()] == payouts.splitlines(),
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
    elif command == "partners" and len(rest) == 2:
        check_partners(*[replay(read(path)) for path in rest])
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
