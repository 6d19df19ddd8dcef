"""train --plot: the loss curve in the terminal, and as a picture."""
# test: timeout=60
import os
import tempfile
import xml.etree.ElementTree as xml

from program import expect, expect_text, run

TRAIN = ("train", "--network", "mlp:8-16-4", "--data", "generate:400x8x4",
         "--batch", "20", "--epochs", "3")
BLOCKS = set(" \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588")


def curve_in_the_terminal():
    out, _ = run(*TRAIN, "--plot")
    lines = [x.split("|", 1)[1] for x in out.splitlines() if " |" in x]
    expect(len(lines) == 12, f"twelve lines:\n{out}")
    expect(all(set(x) <= BLOCKS for x in lines), "blocks alone")
    expect(all(len(x) <= 80 for x in out.splitlines()), f"80 columns:\n{out}")
    heights = [sum(row[i:i + 1] not in ("", " ") for row in lines)
               for i in range(68)]
    expect(heights[0] > heights[-1] >= 1, f"a loss that falls: {heights}")
    expect_text("step 1 +60", out)


def curve_in_a_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "loss.svg")
        run(*TRAIN, "--json", "--plot", path)
        root = xml.parse(path).getroot()
        name = "{http://www.w3.org/2000/svg}"
        expect(root.tag == name + "svg", "an SVG")
        line = root.find(name + "polyline").get("points").split()
        expect(len(line) == 60, f"a point per step, not {len(line)}")
        for x, y in (map(float, point.split(",")) for point in line):
            expect(0 <= x <= 800 and 0 <= y <= 450, f"{x}, {y} in the picture")
        first, last = (float(x.split(",")[1]) for x in (line[0], line[-1]))
        expect(first < last, "a loss that falls")
    _, err = run(*TRAIN, "--plot", "/no/such/folder/x.svg", status=1)
    expect_text("/no/such/folder/x.svg", err)


curve_in_the_terminal()
curve_in_a_file()
