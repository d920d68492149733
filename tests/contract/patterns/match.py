"""Python's re."""

import re
import sys

lines = [line.split() for line in sys.stdin]
read = lambda kind: [bytes.fromhex(rest[0] if rest else "").decode() for own, *rest in lines if own == kind]
for pattern in read("p"):
    print("".join("1" if re.search(pattern, text) else "0" for text in read("t")))
