#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Treats the tool badly. Argument: its path. Fixed seed, about a minute.

Fuzz: random bytes and mutated real files into append, import, verify, split and key files. Whatever they are, the tool
ends by itself with a documented exit code; a failure leaves standard output empty, says one line of error and one of
advice in printable UTF-8, and changes no byte of the DAO's folder. Then: many writers at once, retries, signals, umasks,
locales and time zones, outputs that cannot be written. Each sort of check is shown to be able to fail.
"""
import hashlib, os, pty, random, re, resource, shutil, signal, subprocess, sys, tempfile, termios, time, unicodedata

tool = os.path.abspath(sys.argv[1])
here = os.path.dirname(os.path.abspath(__file__))
exits = {0, 2, 10, 11, 12, 20, 21, 22, 23, 30, 31, 32, 40, 41, 42, 43, 44, 50, 70}
rand = random.Random(20240301)
failures = []
runs = 0
at = "2024-03-22T00:00:00Z"


def check(condition, what):
    if not condition:
        failures.append(what)
        print("FAILED:", what, flush=True)
        if len(failures) > 20:
            sys.exit(1)


def run(*args, stdin=b"", **more):
    global runs
    runs += 1
    more.setdefault("timeout", 20)
    return subprocess.run([tool, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def complaint(done):
    """What is wrong with how a command ended; empty: nothing."""
    if done.returncode not in exits:
        return "exit code %d" % done.returncode
    if done.returncode == 70:
        return "an internal error"
    if done.returncode == 0:
        return ""
    if done.stdout:
        return "standard output of a failed command"
    try:
        text = done.stderr.decode("utf-8")
    except UnicodeDecodeError:
        return "standard error that is not UTF-8"
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("mikoshi: note: ")]
    if len(lines) != 2 or not text.endswith("\n"):
        return "%d lines of error" % len(lines)
    if not re.match(r"mikoshi: error\[[a-z0-9_]+\]: .", lines[0]) or not re.match(r"  \S.*[.…]?\n", lines[1]):
        return "another form of error: " + repr(lines)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in text.replace("\n", "")):
        return "unprintable characters: " + repr(text)
    if len(lines[0]) > 6000:
        return "an error of %d characters" % len(lines[0])
    return ""


def tree(folder):
    """Every byte of a folder, in one digest."""
    digest = hashlib.sha256()
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            full = os.path.join(path, name)
            digest.update(full.encode() + b"\0" + str(os.lstat(full).st_mode).encode() + b"\0")
            with open(full, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_salon(place):
    """The closed salon of the transcripts, in place/asagao, with keys and password beside it."""
    os.makedirs(place)
    os.makedirs(place + "/bin")
    os.symlink(tool, place + "/bin/mikoshi")
    env = dict(os.environ, PATH=place + "/bin:" + os.environ["PATH"], FIXTURES=here + "/fixtures")
    subprocess.run(["sh", here + "/fixtures/salon.sh", "closed"], cwd=place, env=env, check=True)
    return place + "/asagao"


# --- fuzz -----------------------------------------------------------------------------------------------------------

tokens = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u0000", b"\\ud800", b"null", b"true", b"-0", b"1e9", b"0x1",
          b"9007199254740992", b"1" * 400, b"\0", b"\xff", b"\xc0\xaf", b"\xe2\x80\xae", b"\x1b[31m", b"\xef\xbb\xbf", b"\r\n",
          b"\n\n", b'"a":1', b"[" * 40, b"=" , b"\xe2\x80\x94 ", b"'", b"..", b"/", b"2024-13", b"9999-12-31T23:59:60Z"]


def mutated(data):
    data = bytearray(data)
    for _ in range(rand.choice((1, 1, 1, 2, 5, 20))):
        place = rand.randrange(len(data) + 1)
        how = rand.randrange(7)
        if how == 0 and data:
            data[place % len(data)] ^= 1 << rand.randrange(8)
        elif how == 1:
            data[place:place] = rand.choice(tokens)
        elif how == 2:
            del data[place:place + rand.choice((1, 2, 10, 100))]
        elif how == 3:
            end = place + rand.randrange(60)
            data[place:place] = data[place:end]
        elif how == 4:
            data[place:] = b""
        elif how == 5:
            data[place:place + 3] = bytes(rand.randrange(256) for _ in range(3))
        else:
            other = rand.randrange(len(data) + 1)
            data[place:place + 8], data[other:other + 8] = data[other:other + 8], data[place:place + 8]
    return bytes(data)


def noise():
    return bytes(rand.randrange(256) for _ in range(rand.choice((0, 1, 3, 30, 300))))


def fuzz(place, dao, seconds):
    events = [
        b'{"kind":"member.join","member":"m%03d"}' % 900,
        b'{"class":"ticket","kind":"ticket.mint","ticket":"t900","to":"m001"}',
        b'{"from":"m001","kind":"ticket.transfer","ticket":"t001","to":"m002"}',
        b'{"id":"x","kind":"contribution","member":"m001","period":"2024-04","points":3,"type":"work","confirmed":"m002"}',
        b'{"amount":"500","currency":"JPY","id":"y","kind":"income","period":"2024-04"}',
        b'{"from":"2024-09","id":"v2","kind":"charter","rules":{"root":{"among":"equal","else":{"to":"pool:reserve"},"pool":"members"}}}',
        b'{"draft":"2024-03.1","kind":"approve"}',
        b'[{"kind":"member.leave","member":"m001"},{"kind":"member.rejoin","member":"m001"}]',
        b'{"kind":"member.join","member":"m901"}\n{"kind":"member.join","member":"m902"}\n']
    csv = b"member,points,kind,date,confirmed_by,channel,message_id\nm001,3,work,2024-04-01T00:00:00Z,m002,salon,77\n" \
          b'm002,"4",idea,2024-04-01T00:00:00Z,m001,salon,78\n'
    weights = b"id,weight\nm001,2\nm002,3\n"
    ledger = read(dao + "/ledger.jsonl")
    note_name = max(os.listdir(dao + "/snapshots"), key=lambda n: int(n[:-5]))
    note = read(dao + "/snapshots/" + note_name)
    key = read(place + "/mori.key")
    password = os.open(place + "/pw", os.O_RDONLY)
    sound = tree(dao)
    spare = place + "/spare"
    accepted = 0

    def append():
        data = noise() if rand.random() < 0.1 else mutated(rand.choice(events))
        return run("--dir", dao, "append", "--at", "2024-04-02T00:00:00Z", stdin=data), data

    def imported():
        data = noise() if rand.random() < 0.1 else mutated(csv)
        return run("--dir", dao, "import", "contributions", "-", "--map", "discord", "--at", "2024-04-02T00:00:00Z", stdin=data), data

    def split():
        data = noise() if rand.random() < 0.1 else mutated(weights)
        return run("split", "--amount", "1000", "--weights-file", "-", stdin=data), data

    def verify():
        lines, signed = ledger, note
        if rand.random() < 0.5:
            signed = noise() if rand.random() < 0.1 else mutated(note)
        else:
            lines = noise() if rand.random() < 0.1 else mutated(ledger)
        write(place + "/l.jsonl", lines)
        write(place + "/n.note", signed)
        done = run("verify", place + "/l.jsonl", place + "/n.note")
        same = (lines, signed) == (ledger, note)
        check(done.returncode != 0 or same or only_signatures_differ(lines, signed), "verify accepts a changed ledger or note")
        return done, lines + signed

    def only_signatures_differ(lines, signed):  # an unknown signature more, or lines after the snapshot, are no lie
        return lines.startswith(ledger) and signed.split(b"\n\n")[0] == note.split(b"\n\n")[0]

    def keys():
        data = noise() if rand.random() < 0.1 else mutated(key)
        write(place + "/f.key", data)
        os.chmod(place + "/f.key", 0o600)
        return run("key", "public", place + "/f.key"), data

    def store():
        shutil.rmtree(spare, ignore_errors=True)
        shutil.copytree(dao, spare)
        name = rand.choice(("head", "ledger.jsonl", "snapshots/" + note_name, "private/book.json"))
        write(spare + "/" + name, mutated(read(spare + "/" + name)))
        command = rand.choice((["status"], ["owed"], ["verify", spare], ["explain", "m001", "2024-03"],
                               ["member", "join", "--at", "2024-04-02T00:00:00Z"]))
        before = tree(spare)
        done = run("--dir", spare, *command)
        check(done.returncode == 0 or tree(spare) == before, "a refused command changed the folder: %s" % command)
        return done, b""

    kinds = [append, append, imported, split, verify, verify, keys, store]
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        kind = rand.choice(kinds)
        done, data = kind()
        count += 1
        wrong = complaint(done)
        check(not wrong, "%s: %s; input %r; stderr %r" % (kind.__name__, wrong, data[:300], done.stderr[:300]))
        if kind in (append, imported):
            if done.returncode == 0:
                accepted += 1
                shutil.copytree(place + "/sound", dao, dirs_exist_ok=True)
            check(tree(dao) == sound, "%s: the folder changed; input %r" % (kind.__name__, data[:300]))
    # A key file that is opened costs a tenth of a second each time, so a few only.
    write(place + "/f.key", key.replace(b'"tag":"', b'"tag":"0')[:len(key)])
    for data in (key[:-1], mutated(key), key.replace(b'"log2_n":1', b'"log2_n":4'), key.replace(b'"p":1', b'"p":1073741824')):
        write(place + "/f.key", data)
        os.chmod(place + "/f.key", 0o600)
        os.lseek(password, 0, os.SEEK_SET)
        done = run("--dir", dao, "sign", "--key", place + "/f.key", "--password-fd", str(password), pass_fds=[password])
        check(not complaint(done) and done.returncode == 50, "sign with a damaged key file: %r" % done.stderr)
    os.close(password)
    check(accepted > 0, "the fuzzer never sent anything good: it is blind")
    check(tree(dao) == sound, "the folder changed")
    return count


def bits(place, dao):
    """Single bytes of the ledger and the note, at random places: never accepted. Exhaustive in proof_test."""
    ledger = read(dao + "/ledger.jsonl")
    name = max(os.listdir(dao + "/snapshots"), key=lambda n: int(n[:-5]))
    note = read(dao + "/snapshots/" + name)
    write(place + "/l.jsonl", ledger)
    write(place + "/n.note", note)
    check(run("verify", place + "/l.jsonl", place + "/n.note").returncode == 0, "the real ledger verifies")
    for which, data in (("l.jsonl", ledger), ("n.note", note)):
        for _ in range(120):
            other = bytearray(data)
            other[rand.randrange(len(data))] ^= 1 << rand.randrange(8)
            write(place + "/" + which, other)
            done = run("verify", place + "/l.jsonl", place + "/n.note")
            check(done.returncode in (10, 11, 12, 20, 30, 31, 32), "one bit of %s: exit %d" % (which, done.returncode))
            check(not complaint(done), "one bit of %s: %s" % (which, complaint(done)))
        write(place + "/" + which, data)


def bombs(dao):
    """Deep, long and endless inputs end quickly and take little memory (limits of SECURITY)."""
    for data in (b"[" * 10**6, b'{"a":' * 10**5, b'{"kind":"' + b"x" * 10**6 + b'"}', b'"' + b"\\u0041" * 10**5, b"1" * 10**6,
                 b'{"kind":"income","amount":"' + b"9" * 10**6 + b'"}', b"\n" * 10**6, b"{}\n" * 10**5):
        start = time.monotonic()
        done = run("--dir", dao, "append", "--at", "2024-04-02T00:00:00Z", stdin=data)
        check(not complaint(done) or data.strip() == b"", "bomb %r: %s" % (data[:20], complaint(done)))
        check(time.monotonic() - start < 5, "bomb %r takes %.1f s" % (data[:20], time.monotonic() - start))
    for argument in ("x" * 10**5, "\N{RIGHT-TO-LEFT OVERRIDE}x", "\x1b[31m", "\N{CJK UNIFIED IDEOGRAPH-795E}" * 500):
        done = run("--dir", dao, "member", "join", argument)
        check(done.returncode == 10 and not complaint(done), "argument %r: %s" % (argument[:9], complaint(done)))
        done = run("--dir", argument, "status")
        check(done.returncode in (41, 42) and not complaint(done), "folder %r: %d %s" % (argument[:9], done.returncode, complaint(done)))
    done = run(b"--dir", b"\xff\xfe", b"status")
    check(done.returncode == 10 and not complaint(done), "an argument that is not UTF-8: %d" % done.returncode)


# --- many at once, and the end of processes -----------------------------------------------------------------------------

def lines_of(dao):
    return read(dao + "/ledger.jsonl").decode().splitlines()


def retry(*args, **more):
    while True:
        done = run(*args, **more)
        if done.returncode != 40:
            return done
        check(b"error[busy]" in done.stderr and not done.stdout, "busy says so")


def writers(dao):
    """Eight processes, ten appends each: every event is there exactly once, every receipt names its line."""
    def work(who):
        for number in range(10):
            event = b'{"kind":"member.join","member":"w%d-%d"}' % (who, number)
            done = retry("--dir", dao, "append", "--at", "2024-04-02T00:00:00Z", stdin=event)
            if done.returncode != 0 or b'"existing":false' not in done.stdout:
                sys.stderr.write(repr(done))
                os._exit(1)
            again = retry("--dir", dao, "append", "--at", "2024-04-03T00:00:00Z", stdin=event)  # as if the answer had been lost
            if again.returncode != 0 or again.stdout != done.stdout.replace(b"false", b"true"):
                sys.stderr.write(repr(again))
                os._exit(2)
        os._exit(0)

    children = []
    for who in range(8):
        child = os.fork()
        if child == 0:
            work(who)
        children.append(child)
    try:
        watch(dao, children)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    lines = lines_of(dao)
    for who in range(8):
        for number in range(10):
            count = sum('"w%d-%d"' % (who, number) in line for line in lines)
            check(count == 1, "w%d-%d stands %d times" % (who, number, count))
    check(run("verify", dao).returncode == 0, "it verifies after eight writers")


def watch(dao, children):
    """Reads while they write, and takes those that ended off the list."""
    while children:
        done = run("--dir", dao, "status", "--at", "2024-04-03T00:00:00Z")  # readers come in at any moment
        check(done.returncode == 0 and not done.stderr, "a reader beside writers: %r" % done.stderr)
        for child in list(children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                children.remove(child)
                check(status == 0, "a writer among eight fails: %d" % status)


def signals(dao):
    """Writers that are interrupted at any moment leave a store that verifies, no other files, and the shell's exit code."""
    names = {n for n in os.listdir(dao)}
    number = 0
    for sign in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL] * 10:
        confirmed = []
        end = time.monotonic() + rand.random() * 0.15
        while time.monotonic() < end or not confirmed:
            number += 1
            child = subprocess.Popen([tool, "--dir", dao, "append", "--at", "2024-04-03T00:00:00Z"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            child.stdin.write(b'{"kind":"member.join","member":"s%d"}' % number)
            child.stdin.close()
            time.sleep(rand.random() * 0.02)
            if time.monotonic() >= end and confirmed:
                child.send_signal(sign)
            out = child.stdout.read()
            child.wait()
            child.stdout.close()
            child.stderr.close()
            check(child.returncode in (0, -sign), "after %s: exit %d" % (sign.name, child.returncode))
            if out:
                confirmed.append("s%d" % number)
        text = read(dao + "/ledger.jsonl").decode()
        for name in confirmed:
            check('"%s"' % name in text, "%s was confirmed and is gone after %s" % (name, sign.name))
        check(run("verify", dao).returncode == 0, "it verifies after %s" % sign.name)
        left = {n for n in os.listdir(dao)} - names
        if sign == signal.SIGKILL:  # nobody can tidy up after that; the next one is not hindered
            for name in left:
                os.remove(dao + "/" + name)
        else:
            check(not left, "left behind by %s: %s" % (sign.name, left))
    # The control: a ledger cut in the middle does not pass the same look.
    copy = dao + "-cut"
    shutil.copytree(dao, copy)
    os.truncate(copy + "/ledger.jsonl", int(re.search(rb'"bytes":(\d+)', read(copy + "/head")).group(1)) - 1)
    check(run("verify", copy).returncode == 43, "a cut ledger verifies: this test is blind")


def interrupted(place):
    """A new key, a bank's answer and a receipt that are interrupted at any moment: the file is there whole, or not at all."""
    dao = make_salon(place)
    bank = place + "/bank.csv"
    check(run("--dir", dao, "pay", "plan", "--out", bank, "--at", "2024-04-02T00:00:00Z").returncode == 0, "payments are planned")
    check(run("--dir", dao, "pay", "sent", "--at", "2024-04-02T00:00:00Z").returncode == 0, "payments are sent")
    write(bank, read(bank).replace(b"currency", b"currency,result").replace(b"JPY", b"JPY,settled"))
    there = set(os.listdir(place)) | {"copy", "new"}
    commands = {"key": ["key", "new", "new", "--scrypt-log2", "15", "--password-fd", "0"],
                "settle": ["--dir", "copy", "pay", "settle", bank, "--at", "2024-04-03T00:00:00Z"],
                "receipt": ["--dir", "copy", "receipt", "m001", "--out", "new"]}
    takes = {}  # how long, when nothing interrupts
    cut = set()
    for sign in [None] + [signal.SIGTERM, signal.SIGINT, signal.SIGHUP] * 8:
        for what, command in commands.items():
            shutil.rmtree(place + "/copy", ignore_errors=True)
            shutil.copytree(dao, place + "/copy")
            start = time.monotonic()
            with open(place + "/pw", "rb") as password:
                child = subprocess.Popen([tool, *command], cwd=place, stdin=password, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if sign:
                time.sleep(rand.random() * takes[what] * 1.3)
                child.send_signal(sign)
            out, _ = child.communicate(timeout=20)
            if not sign:
                takes[what] = time.monotonic() - start
                check(child.returncode == 0 and out, "%s: exit %d" % (what, child.returncode))
                if what != "settle":
                    os.remove(place + "/new")
                continue
            if child.returncode != 0:
                cut.add(what)
            check(child.returncode in (0, -sign), "%s after %s: exit %d" % (what, sign.name, child.returncode))
            check(not set(os.listdir(place)) - there, "%s after %s leaves %s" % (what, sign.name, set(os.listdir(place)) - there))
            check(sorted(os.listdir(place + "/copy")) == sorted(os.listdir(dao)), "%s after %s: files left in the folder" % (what, sign.name))
            if what == "settle":
                listed = run("--dir", place + "/copy", "pay", "list").stdout
                check(listed.count(b"settled") in (0, 3) and (not out or b"settled" in listed), "settled in part: %r" % listed)
                check(run("verify", place + "/copy").returncode == 0, "it verifies after settle and %s" % sign.name)
            elif os.path.exists(place + "/new"):
                whole = ["key", "public", "new"] if what == "key" else ["verify", "new", "--member", "m001"]
                check(run(*whole, cwd=place).returncode == 0, "%s after %s: half a file" % (what, sign.name))
                os.remove(place + "/new")
            else:
                check(not out, "%s says that it made a file" % what)
    check(cut == set(commands), "the signals came too late: only %s were cut short" % cut)


def others(place):
    """A key file of somebody else is refused; places where nobody writes are named."""
    key = "/etc/passwd"
    if os.geteuid() == 0:
        key = place + "/theirs.key"
        shutil.copy(place + "/mori.key", key)
        os.chmod(key, 0o600)
        os.chown(key, 1, 1)
    with open(place + "/pw", "rb") as password:
        done = run("--dir", place + "/asagao", "sign", "--key", key, "--password-fd", str(password.fileno()), pass_fds=[password.fileno()])
    check(done.returncode == 50 and b"error[insecure_permissions]" in done.stderr, "somebody else's key file: %r" % done.stderr)
    before = tree(place + "/asagao")
    for folder in [mount for mount in ("/sys", "/proc") if os.path.ismount(mount)] + ["/dev/null"]:  # nobody writes there
        for command in (["receipt", "m001", "--out"], ["receipt", "--all", "--out"], ["pay", "plan", "--out"]):
            done = run("--dir", place + "/asagao", *command, folder + "/mikoshi-test")
            check(done.returncode == 42 and not complaint(done), "%s in %s: %d %r" % (command, folder, done.returncode, done.stderr))
    check(tree(place + "/asagao") == before, "an output that cannot be made changed the folder")


def terminal(place):
    """A password is asked for without echo; ^C gives the terminal back as it was; without a terminal nothing hangs."""
    leader, follower = pty.openpty()
    before = termios.tcgetattr(follower)

    def take_terminal():
        os.setsid()
        import fcntl
        fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

    child = subprocess.Popen([tool, "key", "new", place + "/typed.key"], preexec_fn=take_terminal, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[follower])
    shown = b""
    while b"Password" not in shown:
        shown += os.read(leader, 1000)
    for _ in range(100):
        if not termios.tcgetattr(follower)[3] & termios.ECHO:
            break
        time.sleep(0.02)
    check(not termios.tcgetattr(follower)[3] & termios.ECHO, "the password is shown while it is typed")
    os.write(leader, b"sec\x03")
    check(child.wait(timeout=10) == -signal.SIGINT, "^C while a password is asked: exit %d" % child.returncode)
    check(termios.tcgetattr(follower)[3] == before[3], "after ^C the terminal stays without echo")
    os.close(leader)
    os.close(follower)
    check(not os.path.exists(place + "/typed.key"), "no key was made")
    done = run("key", "new", place + "/typed.key", start_new_session=True)
    check(done.returncode == 50 and b"error[no_tty]" in done.stderr, "no terminal: %r" % done.stderr)


def surroundings(place):
    """Umask, locale and time zone change no byte; key files are for their owner only."""
    seen = set()
    for number, (mask, more) in enumerate([(0o022, {}), (0o000, {"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}),
                                           (0o777, {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE", "TZ": "America/St_Johns"}),
                                           (0o077, {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "LC_NUMERIC": "de_DE.UTF-8"})]):
        there = "%s/around%d" % (place, number)
        os.makedirs(there + "/bin")
        os.symlink(tool, there + "/bin/mikoshi")
        env = dict(os.environ, PATH=there + "/bin:" + os.environ["PATH"], FIXTURES=here + "/fixtures", **more)
        # Only the tool runs under the umask: the shell's own files need their bits.
        script = read(here + "/fixtures/salon.sh").decode().replace("set -e", "set -e\nmikoshi() { (umask %o; command mikoshi \"$@\"); }" % mask)
        subprocess.run(["sh", "-c", script, "salon", "closed"], cwd=there, env=env, check=True)
        files = {}
        for path, _, names in os.walk(there + "/asagao"):
            check(os.stat(path).st_mode & 0o777 in (0o755, 0o700), "umask %o: %s has mode %o" % (mask, path, os.stat(path).st_mode))
            for name in names:
                full = os.path.join(path, name)
                files[os.path.relpath(full, there)] = (read(full), os.stat(full).st_mode & 0o777)
        files["log"] = read(there + "/salon.log")
        files["json"] = subprocess.run([tool, "--dir", there + "/asagao", "owed", "--json"], env=env, stdout=subprocess.PIPE).stdout
        seen.add(repr(sorted(files.items())))
        check(files["asagao/private/book.json"][1] == 0o600, "umask %o: the salt has another mode" % mask)
        with open(there + "/pw", "rb") as password:
            done = run("key", "new", there + "/new.key", "--scrypt-log2", "15", "--password-fd", str(password.fileno()),
                       pass_fds=[password.fileno()], preexec_fn=lambda mask=mask: os.umask(mask))
        check(done.returncode == 0, "umask %o: key new: %r" % (mask, done.stderr))
        check(os.stat(there + "/new.key").st_mode & 0o777 == 0o600, "umask %o: a key file has another mode" % mask)
    check(len(seen) == 1, "umask, locale or time zone change the bytes")


def outputs(dao):
    """Closed and full outputs: a failure that says so, never a signal, never a byte in the ledger that belongs elsewhere."""
    ledger = read(dao + "/ledger.jsonl")
    shell = lambda text: subprocess.run(["sh", "-c", text, "sh", tool, dao], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, timeout=20)
    for text, code in (('"$1" --dir "$2" status >&-', 42), ('"$1" --dir "$2" owed > /dev/full', 42),
                       ('"$1" --dir "$2" nonsense 2>&-', 2), ('"$1" --dir "$2" nonsense 2> /dev/full', 2),
                       ('"$1" --dir "$2" nonsense <&- >&- 2>&-', 2), ('"$1" --dir "$2" status 2>&-', 0),
                       ('"$1" --dir "$2" verify "$2" >&- 2>&-', 42), ('"$1" --dir "$2" status <&-', 0),
                       ('{ "$1" --dir "$2" owed --json; echo $? >&2; } 2> /dev/null | head -n 0', 0)):
        done = shell(text)
        check(done.returncode == code, "%s: exit %d" % (text, done.returncode))
    check(read(dao + "/ledger.jsonl") == ledger, "an output that cannot be written changed the ledger")
    # Bytes that were never confirmed are reported on standard error: which is closed, so that it must not be the ledger.
    write(dao + "/ledger.jsonl", ledger + b'{"half')
    for close in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        shell('"$1" --dir "$2" status ' + close)
        check(read(dao + "/ledger.jsonl") == ledger + b'{"half', "a reader with %s changed the ledger" % close)
        shell('"$1" --dir "$2" member join m001 --at 2024-04-03T00:00:00Z ' + close)
        check(read(dao + "/ledger.jsonl").startswith(ledger), "a writer with %s changed the ledger" % close)
    check(run("--dir", dao, "member", "join", "m777", "--at", "2024-04-03T00:00:00Z").returncode == 0, "a writer cuts what was left over")
    check(run("verify", dao).returncode == 0, "it verifies")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([tool, "--dir", dao, "owed"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    check(done.returncode == 42 and b"error[write_failed]" in done.stderr, "a pipe nobody reads: %d" % done.returncode)


def limits(dao):
    """Little memory, few descriptors, small files: an error, and the store is as it was."""
    before = tree(dao)

    def limited(what, value):
        return lambda: resource.setrlimit(what, (value, value))

    for what, value in ((resource.RLIMIT_NOFILE, 4), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_FSIZE, 100)):
        done = run("--dir", dao, "member", "join", "--at", "2024-04-03T00:00:00Z", preexec_fn=limited(what, value))
        check(done.returncode in (41, 42) and not complaint(done), "limit %d of %d: %d %s" % (value, what, done.returncode, done.stderr))
    # Little memory: a sanitizer's program does not even start in it.
    for mebibytes in (60, 100, 160):
        little = limited(resource.RLIMIT_AS, mebibytes << 20)
        if run("--version", preexec_fn=little).returncode != 0:
            continue
        done = run("--dir", dao, "import", "members", "-", "--map", "name=name", stdin=b"name\n" + b"," * (60 << 20), preexec_fn=little)
        check(done.returncode == 70 and b"not enough memory" in done.stderr and not done.stdout, "%d MiB: %r" % (mebibytes, done))
    check(run("--dir", dao, "status", "--at", "2024-04-03T00:00:00Z").returncode == 0, "a reader after that")
    with open(dao + "/ledger.jsonl", "rb") as file:
        check(file.read().startswith(b"{"), "the ledger begins as it did")
    check(tree(dao) == before or run("verify", dao).returncode == 0, "the store is as it was, but for bytes beyond the head")


def main():
    if not os.access(tool, os.X_OK):
        print("no tool at", tool)
        return 77
    with tempfile.TemporaryDirectory(prefix="mikoshi-robust-") as base:
        os.environ["MIKOSHI_PINS"] = base + "/pins"
        dao = make_salon(base + "/salon")
        shutil.copytree(dao, base + "/salon/sound")
        # The controls: a crash, a silent failure and an unprintable error are each found.
        fake = subprocess.CompletedProcess
        good = b"mikoshi: error[usage]: x\n  Do that.\n"
        check(complaint(fake([], 2, b"", good)) == "" and complaint(fake([], -11, b"", good)) and complaint(fake([], 2, b"", b"")) and
              complaint(fake([], 2, b"x", good)) and complaint(fake([], 2, b"", good.replace(b"x", b"\x1b"))), "the checks can fail")
        for step in (lambda: fuzz(base + "/salon", dao, 20), lambda: bits(base + "/salon", dao), lambda: bombs(dao),
                     lambda: terminal(base), lambda: surroundings(base), lambda: writers(dao), lambda: outputs(dao),
                     lambda: limits(dao), lambda: others(base + "/salon"), lambda: interrupted(base + "/interrupted"), lambda: signals(dao)):
            start = time.monotonic()
            step()
            print("%5.1f s" % (time.monotonic() - start), flush=True)
    print("%d runs, %d failures" % (runs, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
