"""Programs that read files without naming them, line by line or row by row, and that write rows: ``async def work(arg)``."""

from __future__ import annotations

from file_shapes import programs

#: Only read: the rewrite is safe.
READ_AT_ONCE = programs(r"""
### a condition
if open("text.txt", encoding="utf-8").read().strip().startswith("first"):
    return "yes"
else:
    return "no"
### a condition and others behind it
if open("text.txt", encoding="utf-8").read(5) == "first" and open("crlf.txt").readline() == "one\n":
    return "both"
### a condition of a missing file
try:
    if open("missing.txt").read() == "x":
        return 1
except FileNotFoundError as error:
    return error.filename
### a condition behind another one
if arg == "b":
    return "b"
elif open("text.txt", encoding="utf-8").readline().strip() == "first line":
    return "first"
### a condition that is asked only sometimes
if os.path.exists("missing.txt") and open("missing.txt").read() == "x":
    return 1
return os.path.exists("empty.txt") and open("empty.txt").read() == ""
### a loop that asks again
n = 0
while len(open("text.txt", encoding="utf-8").read()) > n * 10:
    n += 1
return n
### an assertion
assert open("empty.txt").read() == "", "not empty"
### an error that quotes a file
raise ValueError(open("text.txt", encoding="utf-8").readline())
### a loop over lines that were read
found = []
for number, line in enumerate(open("text.txt", encoding="utf-8").readlines(), 1):
    found.append((number, line))
return found
### a loop over the lines of a text
for line in open("text.txt", encoding="utf-8").read().splitlines():
    if line.endswith("more"):
        break
else:
    return None
return line
### a loop over what a file holds
total = 0
for key, value in json.load(open("data.json", encoding="utf-8")).items():
    total += len(key)
return total
### a match of what a file holds
match open("empty.txt").read():
    case "":
        return "empty"
    case _:
        return "full"
### a with behind a file
import contextlib

with contextlib.closing(io.StringIO(open("text.txt", encoding="utf-8").read())) as lines:
    return lines.readline()
### a list of lines
return list(open("text.txt", encoding="utf-8"))
### a list of lines and its length
return len(list(open("crlf.txt"))), sorted(open("crlf.txt"))
### lines in a comprehension at once
lines = [line.rstrip("\n") for line in open("text.txt", encoding="utf-8") if line.strip()]
return lines
### lines put together
return "|".join(open("text.txt", encoding="utf-8"))
### a set of words
return sorted({line.strip() for line in open("crlf.txt")} | set(open("text.txt", encoding="utf-8")))
### lines through map
return list(map(str.strip, open("text.txt", encoding="utf-8")))
### a dictionary of lines
return dict(line.strip().split(" ", 1) for line in open("text.txt", encoding="utf-8") if line.strip())
### an argument of what is awaited
return await asyncio.sleep(0, result=open("text.txt", encoding="utf-8").read(4))
### an argument of what is awaited after another
return await asyncio.sleep(0, (str(arg), open("text.txt", encoding="utf-8").read(4)))
### an argument of what is awaited, with names in use
text, file, data = "a", "b", "c"
found = await asyncio.sleep(0, result=open("text.txt", encoding="utf-8").read(4))
return text, file, data, found
### bytes that are awaited
found = await asyncio.sleep(0, result=open("data.bin", "rb").read(4))
return found
### JSON that is awaited
found = await asyncio.sleep(0, result=json.load(open("data.json", encoding="utf-8"))["a"][0])
return found
### JSON with options that is awaited, on several lines
found = await asyncio.sleep(
    0,
    result=json.load(
        open("data.json", encoding="utf-8"),
        parse_float=str,
    )["n"],
)
return found
### two files in one call that is awaited
return await asyncio.gather(
    asyncio.sleep(0, open("text.txt", encoding="utf-8").read(3)), asyncio.sleep(0, open("crlf.txt").read(3))
)
### files in a comprehension
return [open(name, encoding="utf-8").read(3) for name in ("text.txt", "crlf.txt")]
### one of two files
return open("text.txt", encoding="utf-8").read(3) if arg == "text" else open("data.bin", "rb").read(3)
### rows in a list
return list(csv.reader(open("data.csv", newline="")))
### rows by a separator of their own
with open("data.csv", newline="\n") as f:
    return list(csv.reader(f, delimiter=",")), f.read()
### rows after the first one
with open("data.csv", newline="") as f:
    f.readline()
    return [row for row in csv.reader(f)]
### rows after a look at the beginning
with open("data.csv", newline="") as f:
    header = f.read(20).split(",")
    f.seek(0)
    return header, [row["id"] for row in csv.DictReader(f)]
### a helper that looks for a line
def find(path, word):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if word in line:
                return line.strip()
    return None


async def work(arg):
    return find("text.txt", "first"), find("broken.utf8", "fine"), find("text.txt", "nothing")
### a helper that counts lines
def count(path):
    return sum(1 for line in open(path, encoding="utf-8"))


async def work(arg):
    return count("text.txt") + count("crlf.txt")
""")

#: Taken one by one before, and all at once after, or written: a look is needed.
TAKEN_ONE_BY_ONE = programs(r'''
### counted lines
with open("crlf.txt") as f:
    return sum(1 for line in f), f.read()
### a loop over a file
found = []
for line in open("text.txt", encoding="utf-8"):
    found.append(line)
else:
    found.append("end")
return found
### a loop over a file that ends early
for line in open("text.txt", encoding="utf-8"):
    if not line.strip():
        break
return line
### a loop over numbered lines
with open("text.txt", encoding="utf-8") as f:
    for number, line in enumerate(f):
        if number == 1:
            return line
### a loop over a missing file
for line in open("missing.txt"):
    return line
### a loop in a function with the same names
lines = file = 3
for line in open("text.txt", encoding="utf-8"):
    lines += len(line)
return lines, file
### a loop and the end of the file
with open("crlf.txt") as f:
    count = 0
    for line in f:
        count += 1
    return count, f.read(), f.tell()
### a loop that is run again from the start
with open("crlf.txt") as f:
    for line in f:
        if line == "two\n":
            break
    f.seek(0)
    return line, f.read()
### any line
with open("text.txt", encoding="utf-8") as f:
    return any("more" in line for line in f)
### lines that are wanted
return [line for line in open("text.txt", encoding="utf-8") if "i" in line]
### the last lines
import collections

return list(collections.deque(open("text.txt", encoding="utf-8"), 2))
### two files side by side
with open("text.txt", encoding="utf-8") as f, open("crlf.txt") as g:
    return [(a, b) for a, b in zip(f, g)]
### rows one by one
found = []
with open("data.csv", newline="") as f:
    for row in csv.reader(f):
        found.append(row)
return found
### rows until one is found
with open("data.csv", newline="") as f:
    reader = csv.DictReader(f)
    for row in reader:
        if row["id"] == "1":
            return row, reader.line_num
### a header and rows
with open("data.csv", newline="") as f:
    reader = csv.reader(f)
    header = next(reader)
    return [dict(zip(header, row)) for row in reader]
### print with several values
with open("out.txt", "w", encoding="utf-8") as f:
    print("a", arg, 3, None, file=f)
    print(arg, "b", sep="", file=f)
    print("x", f"{arg!r}", "it's", 'say "x"', sep="|", end="", file=f)
    print(file=f)
    print(end="", file=f)
    print(file=f, sep="-", end="\r\n")
    print("{}", f"{{}}", "", sep="{", end="}\n", file=f)
    print(r"\n", """two
lines""", sep=None, end=None, file=f)
### print with values that change
with open("out.txt", "w", encoding="utf-8") as f:
    values = [1, 2, 3]
    print(values, values.pop(), values, file=f)
    print(*values, sep="\n", file=f)
    print("all:", *values, arg, sep=", ", file=f)
### print with the value of a class
class Value(str):
    def __str__(self):
        return "text"

    def __format__(self, how):
        return "format"

    def __repr__(self):
        return "repr"


async def work(arg):
    with open("out.txt", "w") as f:
        print(Value("a"), Value("b"), [Value("c")], file=f)
### print that flushes
with open("out.txt", "a") as f:
    print("a", arg, file=f, flush=True)
    print("b", file=f, flush=False)
### print at once
print("a", arg, file=open("out.txt", "w"))
### rows that are written
with open("out.csv", "w", newline="") as f:
    writer = csv.writer(f)
    writer.writerow(["id", "name"])
    for number in range(3):
        writer.writerow([number, 'a "b", c\n'])
    writer.writerows([(None, 1.5), ("ü", arg[:0])])
### rows by name
with open("out.csv", "w", newline="", encoding="utf-8") as f:
    writer = csv.DictWriter(f, fieldnames=["a", "b"], extrasaction="ignore")
    writer.writeheader()
    writer.writerow({"a": 1, "c": 2})
    return len(writer.fieldnames)
### rows without newline
with open("out.csv", "w") as f:
    csv.writer(f, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([[1, 2], ["a", "b"]])
### rows that are appended
with open("out.csv", "a", newline="") as f:
    if f.tell() == 0:
        f.write("id\r\n")
    csv.writer(f).writerow(["x"])  # one more
### rows of one file in another
with open("data.csv", newline="") as f, open("out.csv", "w", newline="") as g:
    writer = csv.writer(g)
    for row in csv.reader(f):
        writer.writerow(row[::-1])
### a loop that writes
with open("out.txt", "w", encoding="utf-8", newline="\r\n") as f:
    f.write("begin\n")
    for number in range(3):
        f.write(f"{number}\n")
        print(number, "ü", file=f)
        f.flush()
    f.writelines(["a\n", "b"])
### a loop that writes JSON by lines
with open("out.jsonl", "a") as f:
    for number in range(3):
        json.dump({"n": number}, f)
        f.write("\n")
### a loop that writes and goes on
def save(path, values):
    f_name = None
    with open(path, "w") as f:
        f_name = f.name
        for value in values:
            if value == "x":
                continue
            f.write(value)
    return f_name


async def work(arg):
    buffer = save("out.txt", list("axb" + arg))
    return buffer
### a loop that writes what it reads
with open("text.txt", encoding="utf-8") as f, open("out.txt", "w", encoding="utf-8") as g:
    for line in f:
        g.write(line.upper())
### a loop that may end early
with open("out.txt", "w") as f:
    for letter in arg:
        f.write(letter)
        if letter == "x":
            return "x"
### a loop that waits
with open(f"{arg}.out", "w") as f:
    for letter in "abc":
        f.write(await asyncio.sleep(0, result=letter))
### a traceback
import traceback

with open("out.txt", "a") as f:
    try:
        json.loads(arg)
    except ValueError:
        traceback.print_exc(limit=0, file=f)
''')

#: What fails in the middle.
FAILING = programs(r"""
### a loop over a text that is not UTF-8
for word in open("broken.utf8", encoding="utf-8").read().split():
    return word
### print to bytes
with open("out.bin", "ab") as f:
    print("a", file=f)
### a row that cannot be written
with open("out.csv", "a", newline="") as f:
    writer = csv.DictWriter(f, ["a"])
    writer.writerow({"b": 1})
### a loop over lines that are not UTF-8
with open("broken.utf8", encoding="utf-8") as f:
    for line in f:
        raise ValueError(line)
### a value that cannot be printed
class Value:
    def __str__(self):
        raise KeyError("no text")


async def work(arg):
    with open("out.txt", "a") as f:
        print(Value(), "b", file=f)
### a text that cannot be encoded
with open("out.txt", "a", encoding="ascii") as f:
    print("ü", end="", file=f)
### rows that cannot be encoded
with open("out.csv", "a", encoding="ascii") as f:
    csv.writer(f).writerow(["ü"])
""")
