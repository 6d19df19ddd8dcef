"""Files that a user or a message names are opened in three places alone, which
refuse what may keep a reader waiting for ever: FIFOs and devices."""
import re

from rule import PRODUCT, run, under, without_comments

OPENS = re.compile(r"std::ifstream\s+\w+\s*[{(;]|\b(fopen|freopen)\s*\("
                   r"|(?<!\w)::open(at)?\s*\(|\bgzopen\w*\s*\(")
# Where it is done right; gz_reader asks check_input first.
PLACES = ("metadata/text/input.cpp", "runtime/data/gz_reader.cpp",
          "runtime/model_store/files/posix_beneath.cpp",
          # Opened to be written.
          "runtime/model_store/files/writable_file.cpp",
          "runtime/model_store/files/posix_calls.cpp")
# Names that are our own: the process's files, a terminal, a part of an output.
OURS = re.compile(r'"/dev/null"|"/proc/|task\.path\(\)|/dev/tty|temporary_')


def check(path, text):
    if not under(path, PRODUCT) or path in PLACES or under(path, ["examples"]):
        return
    for number, line in enumerate(text.splitlines(), 1):
        line = without_comments(line)
        if OPENS.search(line) and not OURS.search(line):
            yield number, f"opens a file by itself: {line.strip()}"


run(check,
    bad=[("runtime/a.cpp", "std::ifstream in{path};\n"),
         ("runtime/cli/a.cpp", "  auto file = std::fopen(name.c_str(), \"r\");"),
         ("metadata/a.cpp", "std::ifstream in;\n"),
         ("runtime/a.cpp", "auto fd = ::open(path.c_str(), O_RDONLY);\n")],
    good=[("runtime/a.cpp", "auto in = open_input(path, errc::bad_data);\n"),
          ("runtime/a.cpp", "auto x = model_reader::open(files, dir);\n"),
          ("actors/a.cpp", "std::ifstream in{\"/proc/self/statm\"};\n"),
          ("metadata/text/input.cpp", "std::ifstream in{path};\n"),
          ("test/runtime/a.cpp", "std::ifstream in{path};\n")])
