#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing private is published, and what is forgotten is gone.

Plants names, accounts, messages, a source file's text, a password and a secret key in a DAO; then looks for each of them,
plain, in hexadecimal and in base64, in every published file and in everything that the tool prints for others. A negative
control shows that the search finds what is there. Argument: the tool.
"""
import base64, hashlib, json, os, subprocess, sys, tempfile

tool = os.path.abspath(sys.argv[1])
fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "salon")
failures = []


def run(*arguments, code=0):
    read, write = os.pipe()
    os.write(write, password.encode() + b"\n")
    os.close(write)
    done = subprocess.run([tool, *[a.replace("FD", str(read)) for a in arguments]], cwd=work, capture_output=True, pass_fds=[read],
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": work})
    os.close(read)
    if done.returncode != code:
        sys.exit("mikoshi %s answered %d\n%s" % (" ".join(arguments), done.returncode, done.stderr.decode()))
    return done.stdout + done.stderr


def forms(secret):
    """What the secret may hide as. Base64 has three shapes, by where the text begins in its group of three bytes."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    yield raw
    yield raw.hex().encode()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        yield text[(4 if shift else 0):len(text) - 4]
    yield json.dumps(raw.decode("latin-1") if isinstance(secret, bytes) else secret).strip('"').encode()


def search(place, content, secrets):
    for what, secret in secrets.items():
        for form in forms(secret):
            if len(form) >= 4 and form in content:
                failures.append("%s: %s is there" % (place, what))
                break


password = "correct horse battery staple"
with tempfile.TemporaryDirectory() as work:
    people = [("山田花子", "0001234567"), ("Erik Zetterqvist", "DE8937040044"), ("佐藤 次郎", "0007654321")]
    with open(work + "/members.csv", "w", encoding="utf-8") as file:
        file.write("氏名,口座\n" + "".join("%s,%s\n" % person for person in people))
    with open(work + "/sales.csv", "w", encoding="utf-8") as file:
        file.write("customer,amount\nJohanna Wiśniewska,5000\n")
    messages = ["I repaired the well with Kowalczyk", "今日は私の誕生日です"]
    run("key", "new", "abe.key", "--password-fd", "FD", "--scrypt-log2", "15")
    public = json.loads(run("key", "public", "abe.key", "--json"))["public_key"]
    run("new", "salon", "--template", "salon", "--steward", "abe=" + public, "--at", "2026-04-01T00:00:00Z")
    dao = ("--dir", "salon")
    run(*dao, "import", "members", "members.csv", "--map", "name=氏名,account=口座", "--at", "2026-04-01T00:00:00Z")
    run(*dao, "ticket", "mint", "--to", "all", "--at", "2026-04-01T00:00:00Z")
    for i, message in enumerate(messages):
        run(*dao, "record", "m00%d" % (i + 1), "5", "--confirmed", "m003", "--channel", "salon", "--message", message, "--at",
            "2026-04-03T00:00:00Z")
    run(*dao, "income", "5000", "--evidence", "sales.csv", "--row", "2", "--at", "2026-04-04T00:00:00Z")
    run(*dao, "draft", "2026-04", "--at", "2026-05-02T00:00:00Z")
    run(*dao, "approve", "2026-04", "--key", "abe.key", "--password-fd", "FD", "--at", "2026-05-02T00:00:00Z")
    run(*dao, "receipt", "--all", "--out", "receipts")
    run(*dao, "pay", "plan", "--out", "pay.csv", "--at", "2026-05-02T00:00:00Z")

    book = json.load(open(work + "/salon/private/book.json", encoding="utf-8"))
    secrets = {"the password": password, "the seed": bytes.fromhex(book["seed"]), "the DAO's salt": bytes.fromhex(book["dao_salt"])}
    for name, account in people:
        secrets["the name " + name] = name
        secrets["the account " + account] = account
    for message in messages:
        secrets["the message " + message] = message
    secrets["the customer"] = "Johanna Wiśniewska"
    for member, row in book["members"].items():
        if "salt" in row:
            secrets["the salt of " + member] = bytes.fromhex(row["salt"])
    assert len([w for w in secrets if w.startswith("the salt of")]) == 3, book

    published = {}
    for folder, folders, names in os.walk(work + "/salon"):
        folders[:] = [f for f in folders if f != "private"]
        for name in names:
            published[os.path.join(folder, name)] = open(os.path.join(folder, name), "rb").read()
    for name in os.listdir(work + "/receipts"):
        content = open(work + "/receipts/" + name, "rb").read()
        published["receipt " + name] = content + base64.b64decode(content.split(b"\n")[1][6:])
    for command in (["status"], ["owed"], ["verify"], ["explain", "m001"], ["explain", "m001", "2026-04"], ["announce", "2026-04"],
                    ["receipt", "m001"], ["pay", "list"]):
        published[" ".join(command)] = run(*dao, *command)
        published[" ".join(command) + " --json"] = run(*dao, *command, "--json")
    for place, content in published.items():
        search(place, content, secrets)

    # The control: the same search finds every name where it may stand.
    found = list(failures)
    search("control", open(work + "/salon/private/book.json", "rb").read() + open(work + "/pay.csv", "rb").read(), secrets)
    named = [f for f in failures[len(found):] if "name" in f or "account" in f]
    failures = found
    if len(named) != 6:
        failures.append("the control found only %s" % named)
    for path in ("salon/private/book.json", "pay.csv", "receipts/m001-2026-04.tlog-proof", "abe.key"):
        mode = os.stat(work + "/" + path).st_mode & 0o777
        if mode != 0o600:
            failures.append("%s has mode %o" % (path, mode))

    # What is in the ledger is the hash of the member's salt and the text, until the member is forgotten.
    ledger = open(work + "/salon/ledger.jsonl", "rb").read()
    for member, text in (("m001", messages[0]), ("m002", messages[1]), ("m001", people[0][0])):
        if hashlib.sha256(bytes.fromhex(book["members"][member]["salt"]) + text.encode()).hexdigest().encode() not in ledger:
            failures.append("the hash of %s's text is not in the ledger" % member)
    run(*dao, "forget", "m001", "--at", "2026-05-03T00:00:00Z")
    after = open(work + "/salon/private/book.json", "rb").read()
    gone = {what: secret for what, secret in secrets.items() if secret in (people[0][0], people[0][1], messages[0]) or what in ("the salt of m001", "the seed")}
    assert len(gone) == 5, gone.keys()
    for folder, _, names in os.walk(work + "/salon"):
        for name in names:
            search("after forgetting, " + name, open(os.path.join(folder, name), "rb").read(), gone)
    if open(work + "/salon/ledger.jsonl", "rb").read() != ledger:
        failures.append("forgetting changed the ledger")
    run(*dao, "verify")
    run("verify", "receipts/m001-2026-04.tlog-proof", "--member", "m001")
    kept = json.loads(after)["members"]
    if kept["m002"] != book["members"]["m002"] or set(kept["m001"]) != {"forgotten"}:
        failures.append("forgetting one member touched another: %s" % kept)
    run(*dao, "record", "m001", "1", "--channel", "salon", "--message", "again", "--at", "2026-05-04T00:00:00Z", code=31)
    run(*dao, "forget", "m001", "--at", "2026-05-04T00:00:00Z", code=31)

for failure in failures:
    print(failure)
print("%d places, %d secrets, %d found" % (len(published), len(secrets), len(failures)))
sys.exit(1 if failures else 0)
