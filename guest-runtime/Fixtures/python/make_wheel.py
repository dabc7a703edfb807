#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the plugin of pytest with the images: make_wheel.py VERSION IMAGES FOLDER.

A wheel is a zip file of a fixed form (PEP 427). It is written here and not by setuptools so that the same
sources give the same bytes, on machines that can install nothing.
"""

import base64
import hashlib
import os
import sys
import zipfile

METADATA = """Metadata-Version: 2.1
Name: pytest-pvhkit
Version: %s
Summary: PVH guests of known behaviour, for tests of Xen's toolstacks and daemons
License: Apache-2.0
Classifier: Framework :: Pytest
Requires-Python: >=3.7
Requires-Dist: pytest
"""


def main():
    version, images, folder = sys.argv[1:]
    version = version.replace("-dev", ".dev0")
    here = os.path.dirname(os.path.abspath(__file__))
    info = "pytest_pvhkit-%s.dist-info" % version
    files = {}
    for name in ("pvhfixtures.py", "pytest_pvhkit.py"):
        with open(os.path.join(here, name), "rb") as file:
            files[name] = file.read()
    for name in sorted(os.listdir(images)):
        if name.endswith(".elf"):
            with open(os.path.join(images, name), "rb") as file:
                files["pvhkit_images/" + name] = file.read()
    files[info + "/METADATA"] = (METADATA % version).encode()
    files[info + "/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[info + "/entry_points.txt"] = b"[pytest11]\npvhkit = pytest_pvhkit\n"
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (name, digest, len(content))
    files[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
    path = os.path.join(folder, "pytest_pvhkit-%s-py3-none-any.whl" % version)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    print(path)


if __name__ == "__main__":
    main()
