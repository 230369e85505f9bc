"""The library that the settings name: in a folder of its own or, where a store is named, on a server."""

from __future__ import annotations

from index.folder import LibraryFolder
from index.library import Library
from index.store import LibraryError, Manifest, Store
from models import Embedder
from rag.settings import Settings

ON_SERVER = "{} lies on a server, and this is for a library in a folder: {}"


def open_store(settings: Settings, *, create: Manifest | None = None) -> Store:
    """Open it; with ``create`` make it when it is not there. Raises LibraryError."""
    if not settings.store:
        return Library.open(settings.library_folder, create=create)
    from index.engines.oceanbase import ServerLibrary
    from index.engines.sessions import Address

    return ServerLibrary.open(Address.of(settings.store).library(settings.library), settings.library, create=create)


def manifest(embedder: Embedder) -> Manifest:
    """What a library made with this embedder records."""
    return Manifest(
        embedder.name, embedder.revision, embedder.dimension, embedder.passage_prefix, embedder.query_prefix
    )


def open_library(settings: Settings, embedder: Embedder, *, create: bool = False) -> Store:
    """The library of the settings, refused when it was made with another embedder. Raises LibraryError."""
    wanted = manifest(embedder)
    library = open_store(settings, create=wanted if create else None)
    try:
        library.require(wanted)
    except BaseException:
        library.close()
        raise
    return library


def is_made(settings: Settings) -> bool:
    """True if there is a library already, as far as that is known without asking a server."""
    return bool(settings.store) or LibraryFolder(settings.library_folder).database.exists()


def folder_of(settings: Settings, cure: str) -> LibraryFolder:
    """The folder of a library that lies in one; ``cure`` is what does the same on a server. Raises LibraryError."""
    if settings.store:
        raise LibraryError(ON_SERVER.format(settings.library, cure))
    return LibraryFolder(settings.library_folder)
