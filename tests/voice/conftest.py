"""One release with themes and quotes, made once: it costs seconds."""

import pyarrow as pa
import pytest

from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import Settings
from tests.voice.small_themes import FIRST_THEMES, FirstRelease, publish, quote_rows


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> FirstRelease:
    folder = tmp_path_factory.mktemp("themes")
    settings = Settings(data_dir=folder / "data", key_file=folder / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    quotes = [*quote_rows(["waiting"]), *quote_rows(["short_breaks"], number=1)]
    return FirstRelease(settings, publish(settings, FIRST_THEMES, 90, more={"quote": pa.Table.from_pylist(quotes)}))
