"""Static files under an address that holds their fingerprint: cached for a year, replaced at once by a new release.

The fingerprint is a folder of the address, so that the relative addresses inside a style sheet keep working.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from litestar import Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.static_files import create_static_files_router

ONE_YEAR = 31_536_000
PREFIX = "/static"

# Files alone: a page holds secrets beside what its reader typed, and its compressed length would tell of them.
COMPRESSION = DefineMiddleware(CompressionMiddleware, config=CompressionConfig(backend="gzip"))


@dataclass(frozen=True, slots=True)
class Assets:
    """One folder of files and the address it is served under."""

    name: str
    folder: Path
    fingerprint: str

    @property
    def prefix(self) -> str:
        """`/static/app-0123456789`."""
        return f"{PREFIX}/{self.name}-{self.fingerprint}"

    def url(self, path: str) -> str:
        """The address of a file, `css/neutral.css` for example. A missing file is a `LookupError`, at once."""
        if not (self.folder / path).is_file():
            raise LookupError(f"no file {path} among the assets {self.name}")
        return f"{self.prefix}/{path}"

    def router(self) -> Router:
        """Serves the folder; a browser never asks twice for the same file."""
        return create_static_files_router(
            self.prefix,
            directories=[self.folder],
            include_in_schema=False,
            name=f"assets:{self.name}",
            cache_control=CacheControlHeader(public=True, max_age=ONE_YEAR, immutable=True),
            middleware=[COMPRESSION],
        )


@cache
def fingerprint_of(folder: Path) -> str:
    """Ten hexadecimal digits that change with the name or the content of any file."""
    digest = hashlib.sha256()
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:10]


def own_assets() -> Assets:
    """The product's own style sheets, scripts and images."""
    folder = Path(__file__).parent / "static"
    return Assets("app", folder, fingerprint_of(folder))


def packaged_folder(package: str, *parts: str) -> Path | None:
    """A folder inside an installed package, which is found and not imported; None when it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)), *parts)
    return folder if folder.is_dir() else None
