"""The end of a key's life: nothing in use bears its pseudonyms any more, a release was published, the key is destroyed."""

import os

import duckdb

from pipelines.contract_files import load_contracts
from pipelines.ingest.pseudonyms import KeyProblem, load_key, retired_key_file
from pipelines.settings import Settings
from pipelines.tables import quoted, table_path


def check_one_key(settings: Settings) -> None:
    """Every pseudonym in staging must be of the present key. Raises KeyProblem naming the sources that were read before.

    Without it a refresh of one source after a rotation would count its children apart from the same children elsewhere.
    """
    key_id = load_key(settings).key_id
    before = [source for source, ids in _key_ids(settings).items() if ids - {key_id}]
    if before:
        raise KeyProblem(
            f"The key was rotated, and {', '.join(before)} still has pseudonyms of the old one, so that nothing can be joined."
            " Nothing was published. Run the whole `sendset refresh`."
        )


def destroy_retired_key(settings: Settings) -> bool:
    """Overwrite and delete the key that a rotation set aside; whether there was one. To be called after a publication."""
    aside = retired_key_file(settings)
    if not aside.exists():
        return False
    check_one_key(settings)
    with aside.open("r+b") as handle:
        handle.write(bytes(aside.stat().st_size))
        handle.flush()
        os.fsync(handle.fileno())
    aside.unlink()
    return True


def _key_ids(settings: Settings) -> dict[str, set[str]]:
    """Source → ids of the keys in its staging table: of the least and the greatest pseudonym, which the id begins."""
    found: dict[str, set[str]] = {}
    with duckdb.connect() as connection:
        for contract in load_contracts():
            staging = table_path(settings, "staging", contract.id)
            names = [column.typed[0][0] for column in contract.columns if column.classification == "pseudonymise"]
            if not names or not staging.is_file():
                continue
            ends = ", ".join(f'min("{name}"), max("{name}")' for name in names)
            row = connection.execute(f"select {ends} from read_parquet({quoted(staging)})").fetchone() or ()
            found[contract.id] = {str(end).partition("_")[0] for end in row if end is not None}
    return found
