"""The text of an inventory file, whichever encoding a spreadsheet gave it."""

import codecs
from pathlib import Path

from paceline.inventory.result import InventoryError

_BINARY = {
    b"PK\x03\x04": "a spreadsheet or archive (xlsx, ods, zip)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (xls)",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"SQLite format 3": "a database",
}


def read_text(path: Path) -> tuple[str, bool]:
    """The file's text and whether its encoding is a guess (CP1252: neither a mark nor valid UTF-8).

    Raises InventoryError when the file cannot be opened or is no text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InventoryError(f"{path}: there is no such inventory; check the path") from None
    except OSError as error:
        raise InventoryError(f"{path}: the inventory cannot be read ({error.strerror or error})") from error
    for magic, kind in _BINARY.items():
        if data.startswith(magic):
            raise InventoryError(f"{path}: this is {kind}; an inventory is text: export it as CSV")
    return _decoded(path, data)


def _decoded(path: Path, data: bytes) -> tuple[str, bool]:
    encoding = _encoding(data)
    try:
        return data.decode(encoding), False
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise InventoryError(f"{path}: not {encoding} as its first bytes say ({error.reason})") from error
    if b"\0" in data:
        raise InventoryError(f"{path}: this is no text file; an inventory is CSV, YAML or a plain list")
    try:
        return data.decode("cp1252"), True
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InventoryError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is neither UTF-8 nor Windows-1252; save it as UTF-8"
        ) from error


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # A header row is ASCII: in UTF-16 without a mark every other byte of it is zero.
    head = data[:64]
    if len(head) >= 4 and not any(head[1::2]):
        return "utf-16-le"
    if len(head) >= 4 and not any(head[0::2]):
        return "utf-16-be"
    return "utf-8"
