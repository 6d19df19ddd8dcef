"""No bit of a result hangs on libm's functions or on the standard library's
distributions, which differ between versions. Square roots, roundings and fused
multiply-adds are exact everywhere."""
import re

from rule import run, under, without_comments

FOLDERS = ["actors/kernel", "metadata/layers", "metadata/training",
           "metadata/values"]
NAMES = ("exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sin|cos|tan|asin|"
         "acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|tgamma|"
         "lgamma|fmod|remainder")
CALL = re.compile(rf"(?<![\w.>:])(?:std::|::)?(?:{NAMES})[fl]?\s*\(")
OTHER = re.compile(r"\w+_distribution\b|<random>|\bstd::(reduce|shuffle)\b")


def check(path, text):
    if not under(path, FOLDERS):
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = CALL.search(without_comments(line)) \
            or OTHER.search(without_comments(line))
        if found:
            yield number, f"its bits differ between libraries: {found.group()}"


run(check,
    bad=[("actors/kernel/loss.cpp", "auto y = std::exp(x);\n"),
         ("actors/kernel/a.cpp", "auto y = tanhf (x);\n"),
         ("metadata/training/a.cpp", "return std::pow(end, falls);\n"),
         ("actors/kernel/a.cpp", "std::normal_distribution<float> d;\n"),
         ("actors/kernel/a.cpp", "std::reduce(x.begin(), x.end());\n")],
    good=[("actors/kernel/a.cpp", "auto y = exp_of(d, x); // not std::exp(x)\n"),
          ("actors/kernel/a.cpp", "auto y = std::sqrt(x) + std::fma(a, b, c);\n"),
          ("actors/kernel/a.cpp", "file.log(text); other::exp(x);\n"),
          ("runtime/cli/a.cpp", "auto y = std::log10(x);\n")])
