"""Keys drawn from the secret of the installation, one for each purpose; passwords hashed, seeds encrypted."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from cryptography.fernet import Fernet, InvalidToken

from materiel.errors import Unavailable

# RFC 9106's second choice: 64 MiB for each hash in progress, hence never more than two at once.
_HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$9WveK99O4lZE2v2pGd+Dqg$XPEMq1AbONWm7t4/HeYzqt9hVkx9BP90AA+nojOcP1E"
"""What an unknown address is checked against, so that it takes as long as a known one."""


def key_for(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one purpose: knowing one key tells nothing of another nor of the secret."""
    return hmac.digest(secret_key.encode(), f"materiel:{purpose}".encode(), hashlib.sha256)


async def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its salt and its parameters."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def is_password(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one of a hash; without a hash the answer is no, in the same time."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password_hash, password)


def needs_rehash(password_hash: str) -> bool:
    """Whether a hash was made with older parameters."""
    return _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except VerifyMismatchError:
        return False
    return bool(password_hash)


def encrypt(secret_key: str, purpose: str, text: str) -> str:
    """A text that only this installation reads again."""
    return _fernet(secret_key, purpose).encrypt(text.encode()).decode()


def decrypt(secret_key: str, purpose: str, encrypted: str) -> str:
    """The text again.

    Raises:
        Unavailable: `secret_key.changed`, it was encrypted under another secret key.
    """
    try:
        return _fernet(secret_key, purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unavailable(
            "secret_key.changed",
            "La clé secrète du site a changé : l'administrateur doit la rétablir, ou retirer votre second facteur.",
        ) from error


def _fernet(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key_for(secret_key, purpose)))
