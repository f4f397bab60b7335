#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Claim roots and tickets against what others run: npm's tree packages, and contracts on a node of the real virtual machine.

    chain_test.py CHECK TOOL FOLDER     CHECK is claim_check; npm installs below FOLDER what chain/package.json pins

Compares roots, proofs and dumps over random rows; then lets the tool make a ledger whose members claim from three sorts of
distributors exactly what its statements say, once; and follows the owners of an ERC-721 from its log into the ledger. The
node listens on the loopback and is ended whatever happens. Skipped, with the reason, where there is no node, no npm or no anvil.
The seed is printed; MIKOSHI_SEED sets it.
"""
import ctypes, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time

import npm
from npm import Skipped

here = os.path.dirname(os.path.abspath(__file__))
check_program, tool, folder = map(os.path.abspath, sys.argv[1:4])
salon = os.path.join(here, "..", "examples", "salon")
seed = int(os.environ.get("MIKOSHI_SEED", "20240309"))
rand = random.Random(seed)
genesis_s = 1709942400  # 2024-03-09T00:00:00Z: the chain's first block, so that the ledger may lie in the past
transfer_topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def install():
    """The packages beside a copy of chain.mjs; the path of anvil."""
    npm.need_all()
    npm.install(os.path.join(here, "chain"), folder, "the packages")
    packages = os.path.join(folder, "node_modules", "@foundry-rs")
    for name in sorted(os.listdir(packages)):
        anvil = os.path.join(packages, name, "bin", "anvil")
        if os.path.exists(anvil):
            os.chmod(anvil, 0o755)
            return anvil
    raise Skipped("npm has no anvil for this machine")


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Answers:
    """A program that answers each JSON line with one."""

    def __init__(self, *command, cwd=None):
        self.process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=die_with_parent)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, question
        return json.loads(line)

    def end(self):
        self.process.kill()
        self.process.wait()


class Anvil:
    """A node on the loopback, at a port that is free."""

    def __init__(self, program):
        self.said = tempfile.TemporaryFile("w+")  # not a pipe: it tells every call, and a full pipe would stop it
        self.process = subprocess.Popen([program, "--host", "127.0.0.1", "--port", "0", "--accounts", "12", "--timestamp", str(genesis_s)],
                                        stdout=self.said, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        ended = None
        while ended is None:
            ended = self.process.poll()
            self.said.seek(0)
            said = self.said.read()
            place = re.search(r"^Listening on (\S+)$", said, re.M)
            if place:
                self.url = "http://" + place[1]
                return
            time.sleep(0.1)
        if "GLIBC" in said or "shared libraries" in said:
            raise Skipped("anvil does not run here: " + said.strip().splitlines()[-1])
        raise AssertionError(said)

    def end(self):
        self.process.kill()
        self.process.wait()


# --- trees --------------------------------------------------------------------------------------------------------------

def compare_trees(ours, theirs):
    sizes = [*range(1, 21), 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 600, *(rand.randrange(1, 601) for _ in range(12))]
    for size in sizes:
        accounts = {"0x%040x" % rand.getrandbits(160) for _ in range(size)}
        rows = [[account, str(rand.choice((1, 2**127 - 1, rand.randrange(1, 10**6), rand.randrange(1, 2**100))))] for account in sorted(accounts)]
        rand.shuffle(rows)
        for form in ("standard", "single", "window"):
            ask = {"form": form, "rows": rows}
            mine, right = ours.ask(**ask), theirs.ask(op="tree", **ask)
            assert mine == right, (form, size, rows)
    twice = [["0x" + "1" * 40, "1"], ["0x" + "1" * 40, "2"]]
    for rows, error in (([], "nothing_owed"), ([["0x" + "1" * 40, "0"]], "below_minimum"), (twice, "duplicate_member"),
                        ([["0x12", "1"]], "bad_hex"), ([["0x" + "1" * 40, "-1"]], "negative")):
        assert ours.ask(form="window", rows=rows) == {"error": error}, rows
    return len(sizes)


# --- the ledger ---------------------------------------------------------------------------------------------------------

class Dao:
    """A ledger that the tool makes: currency USDC with six places, one steward."""

    def __init__(self, work, name, members):
        self.work, self.dir = work, os.path.join(work, name)
        self.key = os.path.join(work, name + ".key")
        shutil.copy(os.path.join(salon, "mori.key"), self.key)
        os.chmod(self.key, 0o600)
        public = json.loads(self.run("key", "public", self.key, "--json"))["public_key"]
        self.run("new", self.dir, "--template", "equal", "--currency", "USDC:6", "--steward", "mori=" + public, "--from", "2024-03",
                 "--at", "2024-03-01T00:00:00Z", inside=False)
        for member, address in members.items():
            self.run("member", "join", member, "--at", "2024-03-01T00:00:00Z")
            if address:
                self.append({"kind": "member.key", "member": member, "public_key": "eth:" + address.lower()}, "2024-03-01T00:00:00Z")

    def done(self, *arguments, stdin="", inside=True):
        fd = os.open(os.path.join(salon, "password"), os.O_RDONLY)
        try:
            at = ["--dir", self.dir] if inside and os.path.exists(self.dir) else []
            return subprocess.run([tool, *at, *[a.replace("FD", str(fd)) for a in arguments]], input=stdin, capture_output=True,
                                  text=True, pass_fds=[fd], cwd=self.work, env={**os.environ, "LC_ALL": "C.UTF-8"})
        finally:
            os.close(fd)

    def run(self, *arguments, stdin="", inside=True):
        done = self.done(*arguments, stdin=stdin, inside=inside)
        assert done.returncode == 0, (arguments, stdin, done.stderr)
        return done.stdout

    def append(self, event, at):
        return self.run("append", "--at", at, stdin=json.dumps(event))

    def refused(self, code, exit_code, *arguments, stdin=""):
        before = open(os.path.join(self.dir, "ledger.jsonl"), "rb").read()
        done = self.done(*arguments, stdin=stdin)
        assert "error[%s]" % code in done.stderr and done.returncode == exit_code and done.stdout == "", (arguments, stdin, done)
        assert open(os.path.join(self.dir, "ledger.jsonl"), "rb").read() == before
        return done.stderr

    def month(self, period, end, income):
        """Closes a month and plans what its members with wallets are owed; {wallet: amount} and the signed root."""
        self.run("income", income, "--period", period, "--at", end)
        self.run("draft", period, "--at", end)
        self.run("approve", period, "--key", self.key, "--password-fd", "FD", "--at", end)
        plan = json.loads(self.run("pay", "wallets", "--at", end, "--json"))
        self.run("sign", "--key", self.key, "--password-fd", "FD", "--at", end)
        claims = json.loads(self.run("verify", "--json"))["claims"]
        assert len(claims) == 1 and claims[0]["currency"] == "USDC", claims
        return {payment["wallet"][4:]: int(payment["amount"]) for payment in plan["payments"]}, claims[0]

    def claims(self, name, *more):
        path = os.path.join(self.work, name)
        said = json.loads(self.run("claims", "--out", path, "--json", *more))
        return open(path, encoding="utf-8").read(), said


def claim_all(chain, accounts, dao):
    """Two months, three sorts of contracts. Everybody gets exactly what the ledger says; the last member is late."""
    late = accounts[6].lower()
    first, stated1 = dao.month("2024-03", "2024-04-01T00:00:00Z", "1000.000003")
    dump1, said1 = dao.claims("one.json")
    single1, window1 = (json.loads(dao.claims(form + "1.json", "--format", form)[0]) for form in ("single", "window"))
    dao.refused("conflict", 32, "append", "--at", "2024-04-02T00:00:00Z", stdin=json.dumps(
        {"kind": "payment.failed", "amount": str(first[late]), "id": "p0006"}))
    dao.refused("exists", 42, "claims", "--out", os.path.join(dao.work, "one.json"))
    second, stated2 = dao.month("2024-04", "2024-05-01T00:00:00Z", "77.000001")
    dump2, said2 = dao.claims("two.json")
    single2, window2 = (json.loads(dao.claims(form + "2.json", "--format", form)[0]) for form in ("single", "window"))
    again, _ = dao.claims("again.json", "--statement", str(said1["statement"]))
    assert again == dump1 and said1["root"] == "0x" + stated1["root"] and said2["root"] == "0x" + stated2["root"]
    assert len(first) == len(second) == 6 and first != second

    def deploy(name, *args):
        return chain.ask(op="deploy", name=name, args=args, **{"from": accounts[0]})["address"]

    def send(name, address, call, *args, by=accounts[0]):
        return chain.ask(op="send", name=name, address=address, call=call, args=args, **{"from": by})

    def balance(account):
        return int(chain.ask(op="read", name="Token", address=token, call="balanceOf", args=[account])["value"])

    def gains(account, amount, name, address, *args):
        """The call, by somebody else, moves exactly so much to the account; the same again reverts."""
        before = balance(account)
        assert send(name, address, "claim", *args, by=accounts[11]) == {}, (name, args)
        assert balance(account) - before == amount
        reverted = send(name, address, "claim", *args, by=account)
        assert reverted in ({"reverted": "NothingLeft"}, {"reverted": "ClaimedBefore"}), reverted
        assert balance(account) - before == amount

    def bad(name, address, *args):
        assert send(name, address, "claim", *args) == {"reverted": "BadProof"}, (name, args)

    token = deploy("Token", str(10**12), 6)
    total1, total2 = sum(first.values()), sum(second.values())
    assert int(stated1["total"]) == total1 and int(stated2["total"]) == total1 + total2 and int(said2["total"]) == total1 + total2

    # Cumulative: one contract, two roots.
    cumulative = deploy("Cumulative", token)
    send("Token", token, "transfer", cumulative, str(total1 + total2))
    loaded1, loaded2 = (chain.ask(op="load", dump=dump) for dump in (dump1, dump2))
    assert loaded1["root"] == said1["root"] and {c["account"]: int(c["amount"]) for c in loaded1["claims"]} == first
    assert send("Cumulative", cumulative, "setRoot", said1["root"], by=accounts[11]) == {"reverted": "NotOwner"}
    send("Cumulative", cumulative, "setRoot", said1["root"])
    for i, claim in enumerate(loaded1["claims"]):
        account, amount, proof = claim["account"], int(claim["amount"]), claim["proof"]
        other = loaded1["claims"][i - 1]
        bad("Cumulative", cumulative, account, str(amount + 1), proof)
        bad("Cumulative", cumulative, account, str(amount - 1), proof)
        bad("Cumulative", cumulative, other["account"], str(amount), proof)
        bad("Cumulative", cumulative, account, str(amount), other["proof"])
        if account != late:
            gains(account, first[account], "Cumulative", cumulative, account, str(amount), proof)
    send("Cumulative", cumulative, "setRoot", said2["root"])
    for claim in loaded1["claims"]:
        bad("Cumulative", cumulative, claim["account"], claim["amount"], claim["proof"])  # the proof of the root before
    for claim in loaded2["claims"]:  # the difference alone; both to who was late
        account = claim["account"]
        assert int(claim["amount"]) == first[account] + second[account]
        gains(account, second[account] + (first[account] if account == late else 0), "Cumulative", cumulative, account, claim["amount"], claim["proof"])
    assert balance(cumulative) == 0

    # Single: a contract for each statement. Window: one contract, a root for each statement.
    windows = deploy("Window", token)
    for number, (amounts, single, window) in enumerate(((first, single1, window1), (second, single2, window2))):
        for file in (single, window):
            assert {c["account"]: int(c["amount"]) for c in file["claims"]} == amounts and int(file["total"]) == sum(amounts.values())
            assert file["currency"] == "USDC" and file["decimals"] == 6
        once = deploy("Single", token, single["root"])
        send("Token", token, "transfer", once, single["total"])
        for i, claim in enumerate(single["claims"]):
            args = claim["account"], claim["amount"], claim["proof"]
            assert claim["index"] == i
            bad("Single", once, i, claim["account"], str(int(claim["amount"]) + 1), claim["proof"])
            bad("Single", once, i + 100, *args)
            gains(claim["account"], amounts[claim["account"]], "Single", once, i, *args)
        assert balance(once) == 0
        assert send("Window", windows, "setRoot", number, window["root"]) == {}
        assert send("Window", windows, "setRoot", number, single["root"]) == {"reverted": "SetBefore"}
        send("Token", token, "transfer", windows, window["total"])
    for number, (amounts, window) in enumerate(((first, window1), (second, window2))):  # also long afterwards
        for claim in window["claims"]:
            args = claim["account"], claim["amount"], claim["proof"]
            if number == 0:
                bad("Window", windows, 1, *args)
            bad("Window", windows, number, claim["account"], str(int(claim["amount"]) + 1), claim["proof"])
            gains(claim["account"], amounts[claim["account"]], "Window", windows, number, *args)
    assert balance(windows) == 0
    for account in first:  # three times what the ledger says, once by each sort
        assert balance(account) == 3 * (first[account] + second[account])
    for number, amount in enumerate(list(first.values()) + list(second.values())):  # the money has left the DAO
        dao.append({"kind": "payment.settled", "amount": str(amount), "id": "p%04d" % (number + 1)}, "2024-05-02T00:00:00Z")
    assert json.loads(dao.run("verify", "--json"))["claims"] == [stated2]
    return total1 + total2


def claim_refusals(dao):
    """What `pay wallets` and `claims` refuse, before and after there is anything to claim."""
    out = os.path.join(dao.work, "never.json")
    dao.refused("no_snapshot", 20, "claims", "--out", out)
    dao.refused("no_snapshot", 20, "pay", "wallets")
    dao.run("income", "100", "--period", "2024-03", "--at", "2024-04-01T00:00:00Z")
    dao.run("draft", "2024-03", "--at", "2024-04-01T00:00:00Z")
    draft = json.loads(open(os.path.join(dao.dir, "ledger.jsonl"), encoding="utf-8").readlines()[-1])["id"]
    dao.append({"kind": "approve", "draft": draft}, "2024-04-01T00:00:00Z")
    dao.refused("no_snapshot", 20, "pay", "wallets")  # nobody signed for what is owed
    dao.run("sign", "--key", dao.key, "--password-fd", "FD", "--at", "2024-04-01T00:00:00Z")
    dao.refused("nothing_owed", 31, "claims", "--out", out)
    dao.refused("mixed_assets", 31, "claims", "--out", out, "--currency", "EUR")
    dao.refused("mixed_assets", 31, "pay", "wallets", "--currency", "EUR")
    dao.refused("usage", 2, "claims", "--out", out, "--format", "other")
    said = dao.run("pay", "wallets", "--at", "2024-04-02T00:00:00Z")
    assert "1 transfer to wallets" in said and "1 person owed without a wallet" in said, said
    dao.refused("nothing_owed", 31, "pay", "wallets", "--at", "2024-04-02T00:00:00Z")
    dao.refused("nothing_owed", 31, "claims", "--out", out)  # planned, and no statement names it
    dao.append({"kind": "payment.failed", "amount": "50000000", "id": "p0001"}, "2024-04-03T00:00:00Z")
    dao.run("pay", "wallets", "--at", "2024-04-03T00:00:00Z")
    dao.run("sign", "--key", dao.key, "--password-fd", "FD", "--at", "2024-04-03T00:00:00Z")
    dao.refused("no_snapshot", 20, "claims", "--out", out, "--statement", "3")
    note = sorted(os.listdir(os.path.join(dao.dir, "snapshots")), key=lambda name: int(name.split(".")[0]))[-1]
    os.rename(os.path.join(dao.dir, "snapshots", note), out)
    dao.refused("quorum_not_met", 20, "claims", "--out", out + "2")
    os.rename(out, os.path.join(dao.dir, "snapshots", note))
    words = dao.run("--lang", "ja", "claims", "--out", out)
    assert "ウォレット1個" in words and "ルート 0x" in words, words
    bank = os.path.join(dao.work, "bank.csv")
    dao.run("pay", "plan", "--out", bank, "--at", "2024-04-04T00:00:00Z")  # who has no wallet; the wallet's is not in it
    assert len(open(bank, encoding="utf-8-sig").read().splitlines()) == 2
    dao.run("pay", "file", "--out", bank + "2")
    assert open(bank).read() == open(bank + "2").read()
    assert len(json.loads(dao.run("pay", "sent", "--at", "2024-04-04T00:00:00Z", "--json"))["payments"]) == 1
    states = [(p["state"], "wallet" in p) for p in json.loads(dao.run("pay", "list", "--json"))["payments"]]
    assert states == [("failed", True), ("planned", True), ("sent", False)], states


# --- tickets ------------------------------------------------------------------------------------------------------------

def follow_tickets(chain, accounts, dao):
    aki, ben, chi, stranger = accounts[1:4] + accounts[9:10]
    second = accounts[4]  # aki's other wallet
    dao.append({"kind": "ticket.class", "class": "seat", "transfer": "free", "weight": 1}, "2024-03-02T00:00:00Z")
    dao.append({"kind": "ticket.class", "class": "other", "transfer": "free", "weight": 1}, "2024-03-02T00:00:00Z")
    dao.append({"kind": "member.key", "member": "aki", "public_key": "eth:" + second.lower()}, "2024-03-02T00:00:00Z")
    seats = chain.ask(op="deploy", name="Seats", args=[], **{"from": accounts[0]})["address"]

    def send(call, *args, by=accounts[0]):
        assert chain.ask(op="send", name="Seats", address=seats, call=call, args=args, **{"from": by}) == {}, (call, args)

    path = os.path.join(dao.work, "log.json")
    command = ["import", "transfers", path, "--contract", seats, "--class", "seat"]
    at = ["--at", "2024-03-20T00:00:00Z"]

    def ask():
        answer = chain.ask(op="logs", address=seats, topics=[transfer_topic])["answer"]
        open(path, "w", encoding="utf-8").write(answer)
        return json.loads(answer)

    def follow(minted, moved, burned, existing):
        ask()
        before = open(os.path.join(dao.dir, "ledger.jsonl"), "rb").read()
        dry = json.loads(dao.run(*command, *at, "--dry-run", "--json"))
        assert open(os.path.join(dao.dir, "ledger.jsonl"), "rb").read() == before
        said = json.loads(dao.run(*command, *at, "--json"))
        assert {**dry, "dry_run": 0} == {**said, "dry_run": 0}
        assert [said[key] for key in ("minted", "moved", "burned", "existing")] == [minted, moved, burned, existing], said
        again = json.loads(dao.run(*command, *at, "--json"))
        assert again["existing"] == minted + moved + burned + existing and not again["minted"] + again["moved"] + again["burned"]
        for token in ("1", "2", "3", str(10**40)):
            owner = chain.ask(op="read", name="Seats", address=seats, call="ownerOf", args=[token])["value"]
            shown = json.loads(dao.run("show", "ticket", "seat-" + token, "--json"))
            names = {aki: "aki", second: "aki", ben: "ben", chi: "chi"}
            assert "burned" in shown if owner not in names else shown["owner"] == names[owner], (token, owner, shown)
        assert "the same owners" in dao.run(*command, "--check")

    send("mint", aki, "1")
    send("mint", ben, "2")
    send("mint", ben, "3")
    send("mint", chi, str(10**40))
    send("send", second, "1", by=aki)
    follow(4, 0, 0, 0)
    lines = [json.loads(line) for line in open(os.path.join(dao.dir, "ledger.jsonl"), encoding="utf-8")]
    minted = [line for line in lines if line["kind"] == "ticket.mint"]
    assert all(line["on"].startswith("2024-03-09T") for line in minted), minted  # when the chain says
    send("send", ben, "1", by=second)
    send("send", chi, "2", by=ben)
    send("burn", "3", by=ben)
    ask()
    said = dao.refused("owners_differ", 20, *command, "--check")
    assert "seat-1 belongs to aki by the ledger, to ben by the log; seat-2 belongs to ben by the ledger, to chi by the log; " \
           "seat-3 belongs to ben by the ledger, to nobody by the log" in said, said
    follow(0, 2, 1, 4)
    # The ledger may know more; then the two differ, and nothing is taken back.
    dao.run("ticket", "transfer", "seat-1", "--from", "ben", "--to", "chi", *at)
    assert "The ledger knows more" in dao.run(*command, *at)
    dao.refused("owners_differ", 20, *command, "--check")
    send("send", chi, "1", by=ben)
    follow(0, 0, 0, 8)
    dao.run("ticket", "mint", "seat-x", "--to", "aki", "--class", "seat", *at)
    assert "seat-x belongs to aki by the ledger, to nobody by the log" in dao.refused("owners_differ", 20, *command, "--check")
    dao.run("ticket", "burn", "seat-x", "--from", "aki", *at)

    # What is no such log. Each is refused with its place, and nothing is written.
    good = ask()
    log = good["result"]
    newest = {**log[-1], "blockNumber": "0x7fff", "logIndex": "0x0"}
    padded = lambda address: "0x" + address[2:].lower().rjust(64, "0")  # noqa: E731

    def moved(source, target, token, **more):
        return {**newest, "topics": [transfer_topic, padded(source), padded(target), "0x%064x" % token], **more}

    nobody = "0x" + "0" * 40
    without = lambda field: {key: value for key, value in newest.items() if key != field}  # noqa: E731
    bad_logs = [
        ({"error": {"code": -32005, "message": "too many"}}, "bad_log", "an array of logs is needed"),
        ("no", "bad_log", "an array of logs is needed"),
        (log + [7], "bad_log", "a log is an object; [%d]" % len(log)),
        (log + [{**newest, "removed": True}], "bad_log", "the chain took this log back"),
        (log + [{**newest, "removed": "no"}], "bad_log", "the field removed"),
        (log + [{**newest, "address": accounts[5]}], "bad_log", "it is of the contract " + accounts[5]),
        (log + [{**newest, "address": "0x12"}], "bad_log", "the field address"),
        (log + [{**newest, "topics": newest["topics"][:3]}], "bad_log", "4 topics, not 3"),
        (log + [{**newest, "topics": newest["topics"] + newest["topics"][:1]}], "bad_log", "4 topics, not 5"),
        (log + [{**newest, "topics": ["0x" + "8c" * 32] + newest["topics"][1:]}], "bad_log", "it is no Transfer"),
        (log + [{**newest, "topics": []}], "bad_log", "it is no Transfer"),
        (log + [{**newest, "topics": ["0xzz"]}], "bad_log", "the field topics"),
        (log + [{**newest, "topics": [transfer_topic, "0x" + "1" * 64, *newest["topics"][2:]]}], "bad_log", "the field topics"),
        (log + [without("topics")], "bad_log", "the field topics"),
        (log + [without("data")], "bad_log", "the field data"),
        (log + [{**newest, "data": "0x00"}], "bad_log", "the field data"),
        (log + [without("blockNumber")], "bad_log", "the field blockNumber"),
        (log + [{**newest, "logIndex": 3}], "bad_log", "the field logIndex"),
        (log + [{**newest, "logIndex": "0x"}], "bad_log", "the field logIndex"),
        (log + [{**newest, "logIndex": "0x1" + "0" * 16}], "bad_log", "the field logIndex"),
        (log + [{**newest, "blockTimestamp": "soon"}], "bad_log", "the field blockTimestamp"),
        (log + [{**newest, "blockTimestamp": "0xffffffffffffffff"}], "bad_log", "the field blockTimestamp"),
        (log + [{**newest, "blockTimestamp": "0x7fffffffffffffff"}], "bad_log", "the field blockTimestamp"),
        (log + [log[-1]], "bad_log", "does not come after"),
        ([log[1], log[0]], "bad_log", "does not come after"),
        (log[4:], "bad_log", "ask from the contract's first block"),
        (log + [moved(nobody, nobody, 9)], "bad_log", "a token of nobody"),
        (log + [moved(aki, ben, 2)], "bad_log", "the token 2 is not " + aki),
        (log + [moved(chi, stranger, 2)], "no_such_member", "no member has the wallet " + stranger),
        (log + [moved(nobody, aki, 10**70)], "bad_id", "at most 64 characters"),
        (log + [moved(nobody, aki, 2**256 - 1)], "bad_id", "at most 64 characters"),
        (log + [moved(nobody, aki, 3)], "ticket_exists", "token 3"),
        (log + [moved(chi, ben, 2, blockTimestamp="0x7fffffff")], "time_in_future", "token 2"),
        (log[:1] + [{**log[4], "topics": [*log[4]["topics"][:2], padded(chi), log[4]["topics"][3]]}], "owners_differ", "seat-1"),
    ]
    for case, code, words in bad_logs:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(case, file)
        exits = {"bad_log": 10, "bad_id": 10, "owners_differ": 20}.get(code, 31)
        said = dao.refused(code, exits, *command, *at)
        assert words in said, (words, said)
    open(path, "w").write("[null]")
    dao.refused("missing_field", 10, *command)
    open(path, "w").write("[")
    dao.refused("bad_json", 10, *command)
    json.dump(good, open(path, "w"))
    dao.refused("bad_hex", 10, *command[:3], "--contract", "0x12", "--class", "seat")
    dao.refused("bad_log", 10, *command[:3], "--contract", accounts[5], "--class", "seat")
    dao.refused("no_such_class", 31, *command[:3], "--contract", seats, "--class", "chair")
    dao.run("ticket", "mint", "other-1", "--to", "aki", "--class", "seat", *at)
    dao.refused("wrong_class", 31, *command[:3], "--contract", seats, "--class", "other", *at)
    dao.refused("no_such_store", 42, "import", "transfers", path + "x", *command[3:])
    json.dump(log[:1], open(path, "w"))  # the bare array, and a member who speaks Japanese
    assert "台帳のほうが先に進んでいます" in dao.run("--lang", "ja", *command, *at)
    # A log without times: they are recorded now, or when the operator says.
    untimed = [{key: value for key, value in entry.items() if key != "blockTimestamp"} for entry in log]
    json.dump(untimed + [{**moved(nobody, aki, 77), "blockTimestamp": "0x65ec0000"}], open(path, "w"))
    dao.run(*command, *at, "--on", "2024-03-10T00:00:00Z")
    newest_line = json.loads(open(os.path.join(dao.dir, "ledger.jsonl"), encoding="utf-8").readlines()[-1])
    assert newest_line["on"] == "2024-03-10T00:00:00Z" and newest_line["ticket"] == "seat-77", newest_line
    return len(bad_logs)


def inherit_tickets(accounts, dao):
    """The tickets of the dead are the heirs' by the ledger, before or after the heirs move the tokens."""
    path, contract = os.path.join(dao.work, "estate.json"), accounts[8]
    command = ["import", "transfers", path, "--contract", contract, "--class", "seat"]

    def log(*moves):
        padded = lambda number: "0x%064x" % number  # noqa: E731
        with open(path, "w", encoding="utf-8") as file:
            json.dump([{"address": contract, "topics": [transfer_topic, padded(int(source, 16)), padded(int(target, 16)), padded(7)], "data": "0x",
                        "blockNumber": hex(number), "logIndex": "0x0"} for number, (source, target) in enumerate(moves)], file)

    aki, ben, chi = accounts[1:4]
    relayed = {"voice": "relayed", "channel": "salon", "message": "ab" * 32}
    dao.append({"kind": "ticket.class", "class": "seat", "transfer": "free", "weight": 1}, "2024-03-02T00:00:00Z")
    log(("0x0", aki))
    dao.run(*command, "--at", "2024-03-03T00:00:00Z")
    dao.append({"kind": "will", "member": "aki", "executors": ["ben"], "heirs": [{"member": "ben", "parts": 1}], "needed": 1, "wait_days": 1,
                "whole": 1, **relayed}, "2024-03-04T00:00:00Z")
    dao.append({"kind": "propose", "id": "e1", "by": "ben", "estate": {"member": "aki"}, "until": "2024-03-06T00:00:00Z", **relayed}, "2024-03-05T00:00:00Z")
    dao.append({"kind": "execute", "id": "e1"}, "2024-03-06T00:00:00Z")
    assert "seat-7 belongs to ben by the ledger, to aki by the log" in dao.refused("owners_differ", 20, *command, "--check")
    assert json.loads(dao.run(*command, "--at", "2024-03-06T00:00:00Z", "--json"))["differences"] == [{"ledger": "ben", "log": "aki", "ticket": "seat-7"}]
    log(("0x0", aki), (aki, ben))
    assert json.loads(dao.run(*command, "--at", "2024-03-07T00:00:00Z", "--json"))["existing"] == 2
    log(("0x0", aki), (aki, ben), (ben, chi))
    assert json.loads(dao.run(*command, "--at", "2024-03-07T00:00:00Z", "--json"))["moved"] == 1
    dao.run(*command, "--check")
    log(("0x0", aki), (aki, chi))
    dao.refused("owners_differ", 20, *command, "--at", "2024-03-07T00:00:00Z")


def main():
    print("seed", seed)
    program = install()
    running = []
    try:
        ours = Answers(check_program)
        running.append(ours)
        chain = Answers("node", "chain.mjs", os.path.join(here, "chain"), cwd=folder)
        running.append(chain)
        print("%d random lists of rows: the same roots, proofs and dumps in three forms" % compare_trees(ours, chain))
        assert {"Cumulative", "Single", "Window", "Seats", "Token"} <= set(chain.ask(op="compile")["names"])
        anvil = Anvil(program)
        running.append(anvil)
        accounts = chain.ask(op="connect", url=anvil.url)["accounts"]
        with tempfile.TemporaryDirectory() as work:
            members = {"m%d" % i: accounts[i] for i in range(1, 7)}
            total = claim_all(chain, accounts, Dao(work, "claims", members))
            print("6 members claimed %d units of two months from three sorts of distributors, each once" % total)
            claim_refusals(Dao(work, "refusals", {"m1": accounts[1], "m2": None}))
            count = follow_tickets(chain, accounts, Dao(work, "tickets", {"aki": accounts[1], "ben": accounts[2], "chi": accounts[3]}))
            inherit_tickets(accounts, Dao(work, "estate", {"aki": accounts[1], "ben": accounts[2], "chi": accounts[3]}))
            print("tickets followed an ERC-721's log; %d logs refused" % count)
    finally:
        for process in reversed(running):
            process.end()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skipped as reason:
        print("SKIPPED: chain:", reason)
        sys.exit(77)
