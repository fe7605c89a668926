"""Programs that write files in a coroutine, in the shapes that bots write: ``async def work(arg)``."""

from __future__ import annotations

from file_shapes import programs

#: Written, or otherwise not quite the same in every detail: the rewrite needs a person's eye.
WRITES = programs(r'''
### a text
with open("out.txt", "w") as f:
    f.write("a\n" + arg)
### an encoding and newlines
with open("out.txt", "w", encoding="utf-16", newline="\r\n") as f:
    count = f.write("ü\n")
return count
### bytes
with open("out.bin", "wb") as f:
    f.write(b"\0\1")
    f.write(arg.encode())
### several writes and lines
with open("out.txt", "w") as f:
    f.write("a")
    f.writelines(["b\n", "c"])
    for i in range(3):
        f.write(f"{i}\n")
    f.flush()
### an old file replaced
with open("text.txt", "w") as f:
    f.write("short")
### a folder that is missing
with open("missing/out.txt", "w") as f:
    f.write("x")
### a folder in place of the file
try:
    with open("folder", "w") as f:
        f.write("x")
except IsADirectoryError as error:
    return type(error).__name__
### appended
with open("text.txt", "a", encoding="utf-8") as f:
    f.write("\nmore " + arg)
### a new file only
try:
    with open("text.txt", "x") as f:
        f.write("x")
except FileExistsError as error:
    return error.filename
### changed in place
with open("data.bin", "r+b") as f:
    f.seek(2)
    f.write(b"XX")
    f.truncate(6)
    return f.tell()
### written and read back
with open("out.txt", "w+") as f:
    f.write("abc")
    f.seek(0)
    return f.read()
### json.dump
with open("out.json", "w") as f:
    json.dump({"a": [1, None, "ü"], "f": 1.5}, f)
### json.dump with options
with open("out.json", "w", encoding="utf-8") as f:
    json.dump({"b": "ü", "a": 1}, f, ensure_ascii=False, indent=4, sort_keys=True)
### json.dump by keyword
with open("out.json", "w") as f:
    json.dump(obj=[1, 2], fp=f, separators=(",", ":"))
### dump imported by name
with open("out.json", "w") as f:
    dump({"a": float("nan")}, f)
### json.dump on several lines
with open("out.json", "w") as f:
    json.dump(
        {"a": 1},  # the value
        f,
        indent=2,
    )
    f.write("\n")
### dumps
with open("out.json", "w") as f:
    f.write(dumps({"a": 1}, indent=1))
### pickle.dump
with open("out.pickle", "wb") as f:
    pickle.dump({"a": (1, 2)}, f, protocol=2)
### yaml.dump
with open("out.yaml", "w", encoding="utf-8") as f:
    yaml.dump({"b": ["ü", 1], "a": None}, f, allow_unicode=True)
### yaml.safe_load
with open("data.yaml", encoding="utf-8") as f:
    return yaml.safe_load(f)
### yaml.load with a loader
with open("data.yaml", "rb") as f:
    return yaml.load(f, Loader=yaml.SafeLoader)["bot"]
### print
with open("out.txt", "w") as f:
    print("a", file=f)
    print(file=f)
    print(f"{arg!r}", file=f)
    print({"x": 1}, file=f)
### written at once
open("out.txt", "w").write("x" + arg)
### a count of what was written at once
n = open("out.txt", "w").write("xyz")
return n
### dumped at once
json.dump({"a": 1}, open("out.json", "w"))
### a variable that is written
f = open("out.txt", "w")
f.write("x")
f.close()
### Path.write_text
return Path("out.txt").write_text("ü" + arg, encoding="utf-8"), TEXT.write_bytes(b"x")
### an open Path written
with Path("out.txt").open("w") as f:
    f.write("x")
### lines handled one by one
found = []
with open("text.txt", encoding="utf-8") as f:
    for line in f:
        if not line.strip():
            continue
        found.append(line.rstrip("\n"))
return found
### a copy
with open("data.bin", "rb") as source, open("copy.bin", "wb") as target:
    target.write(source.read())
### a counter
with open("data.json", encoding="utf-8") as f:
    data = json.load(f)
data["count"] += 1
with open("data.json", "w", encoding="utf-8") as f:
    json.dump(data, f)
return data["count"]
### a counter that begins at none
if not os.path.exists("count.txt"):
    with open("count.txt", "w") as f:
        f.write("0")
with open("count.txt") as f:
    count = int(f.read()) + 1
with open("count.txt", "w") as f:
    f.write(str(count))
return count
### a list in a file
names = open("text.txt", encoding="utf-8").read().split("\n")
names.append(arg)
open("text.txt", "w", encoding="utf-8").write("\n".join(names))
### a text on several lines inside a section
with open(DATA) as f:
    data = json.load(f)
data["text"] = """one
  two
three"""
# what is new
with open(DATA, "w") as f:
    json.dump(data, f)
### a loop that reads and writes
for number in range(3):
    with open(DATA) as f:
        data = json.load(f)
    data[str(number)] = number
    with open(DATA, "w") as f:
        json.dump(data, f)
### helpers that load and save
def load_data():
    try:
        with open(DATA, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save_data(data):
    with open(DATA, "w", encoding="utf-8") as f:
        json.dump(data, f, ensure_ascii=False)


async def work(arg):
    data = load_data()
    data[arg] = len(data)
    save_data(data)
    return sorted(data)
### a helper that does both
def add(key, value):
    with open(DATA, encoding="utf-8") as f:
        data = json.load(f)
    data[key] = value
    with open(DATA, "w", encoding="utf-8") as f:
        json.dump(data, f)
    return len(data)


async def work(arg):
    return add(arg, 1) + add("y", 2)
### helpers that get the path
def load_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def save_json(path, data):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(data, f)


async def work(arg):
    data = load_json(DATA)
    data[arg] = load_json(DATA)["n"]
    save_json(DATA, data)
    return load_json("data.json")
### a store with methods
class Store:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path, encoding="utf-8") as f:
            return json.load(f)

    def save(self, data):
        with open(self.path, "w", encoding="utf-8") as f:
            json.dump(data, f)

    async def add(self, key):
        data = self.load()
        data[key] = 1
        self.save(data)
        return len(data)


async def work(arg):
    return await Store(DATA).add(arg)
### a writer that is called twice
def save_data(data):
    with open("out.json", "w") as f:
        json.dump(data, f)


async def work(arg):
    save_data({"fine": 1})
    for number in range(3):
        save_data([number])
### a helper that saves state
STATE = {"count": 0}


def save_state():
    with open("state.json", "w") as f:
        json.dump(STATE, f)


async def work(arg):
    STATE["count"] += 1
    save_state()
### a writer that stays plain
def save_data(data):
    with open("out.json", "w") as f:
        json.dump(data, f)


save_data([])


async def work(arg):
    save_data([arg])
''')

#: Several handlers at once, each atomic before the rewrite.
SHARED = programs(r"""
### a reset among updates
def load():
    try:
        with open("state.json") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save(state):
    with open("state.json", "w") as f:
        json.dump(state, f)


async def work(arg):
    if arg.endswith("3"):
        save({"reset": arg})
        return "reset"
    state = load()
    state[arg] = len(state)
    save(state)
    return len(load())
### an early return with an answer
async def answer(text):
    await asyncio.sleep(0)
    return text


def load():
    with open(DATA) as f:
        return json.load(f)


def save(state):
    with open(DATA, "w") as f:
        json.dump(state, f)


async def work(arg):
    state = load()
    if state["count"] > 6:
        return await answer("full")
    state["count"] += 1
    state.setdefault("who", []).append(arg)
    save(state)
    return await answer(str(state["count"]))
### a state in memory that is saved after each change
STATE = {"log": []}


def save():
    with open("state.json", "w") as f:
        json.dump(STATE, f)


async def work(arg):
    STATE["log"].append(arg)
    save()
    STATE["last"] = arg
### a try around all of it
async def work(arg):
    try:
        with open(DATA) as f:
            data = json.load(f)
        if arg.endswith("5"):
            raise ValueError(arg)
        data["count"] += 1
        with open(DATA, "w") as f:
            json.dump(data, f)
    except ValueError as error:
        return str(error)
    finally:
        print(arg)
    return data["count"]
### a loop over users that reads and writes for each
async def work(arg):
    done = 0
    for user in ("a", "b", "c"):
        with open(DATA) as f:
            data = json.load(f)
        data[user] = data.get(user, 0) if isinstance(data.get(user), int) else 0
        data[user] += 1
        with open(DATA, "w") as f:
            json.dump(data, f)
        done = data[user]
    return done
### a counter for each user in a file of its own
def path_of(user):
    return f"folder/{user[0]}.json"


async def work(arg):
    path = path_of(arg)
    count = 0
    if os.path.exists(path):
        with open(path) as f:
            count = json.load(f)
    with open(path, "w") as f:
        json.dump(count + 1, f)
    return count
### a line appended and the whole read back
async def work(arg):
    with open("log.txt", "a") as f:
        f.write(arg + "\n")
    with open("log.txt") as f:
        return f.read().count("\n")
### a store with methods that call each other
class Store:
    def __init__(self, path):
        self.path = path

    def _read(self):
        if not os.path.exists(self.path):
            return {}
        with open(self.path) as f:
            return json.load(f)

    def _write(self, data):
        with open(self.path, "w") as f:
            json.dump(data, f)

    def set(self, key, value):
        data = self._read()
        data[key] = value
        self._write(data)
        return len(data)

    def get(self, key):
        return self._read().get(key)


store = Store("store.json")


async def work(arg):
    count = store.set(arg, 1)
    if count % 2:
        store.set("odd", count)
    return count, store.get("odd")
### two files that change together
async def work(arg):
    with open(DATA) as f:
        data = json.load(f)
    data["count"] += 1
    with open("log.txt", "a") as f:
        f.write(f"{arg} {data['count']}\n")
    with open(DATA, "w") as f:
        json.dump(data, f)
### a file that is made, read and removed
async def work(arg):
    with open("temporary.txt", "w") as f:
        f.write(arg)
    with open("temporary.txt") as f:
        text = f.read()
    os.remove("temporary.txt")
    return text == arg
### a file that is put in place by the program itself
def load():
    with open(DATA) as f:
        return json.load(f)


def save(data):
    with open(DATA + ".tmp", "w") as f:
        json.dump(data, f)
    os.replace(DATA + ".tmp", DATA)


async def work(arg):
    data = load()
    data["count"] += 1
    save(data)
    return data["count"]
### a Path that is written as a whole
async def work(arg):
    path = Path("note.txt")
    old = path.read_text() if path.exists() else ""
    path.write_text(old + arg + "\n")
    return len(old)
### a match statement
async def work(arg):
    match arg:
        case "k1" | "k2":
            with open(DATA) as f:
                data = json.load(f)
            data["count"] += 10
            with open(DATA, "w") as f:
                json.dump(data, f)
        case _:
            data = json.load(open(DATA))
            data["count"] += 1
            json.dump(data, open(DATA, "w"))
    return data["count"]
""")
