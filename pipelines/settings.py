"""Where things lie and what may be set. Every setting is an environment variable `SENDSET_<NAME>`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
REFERENCE = REPOSITORY / "data" / "reference"
SQL = REPOSITORY / "sql"
CONTRACTS = REPOSITORY / "expectations" / "contracts"


class SetUpProblem(Exception):
    """Something that the user of the command can put right in files of the repository or in settings; one sentence."""


class Settings(BaseSettings):
    """Settings of one installation. Folders are made when something is first written to them."""

    model_config = SettingsConfigDict(env_prefix="SENDSET_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default=REPOSITORY / "data", description="Everything that is made at run time lies below it."
    )
    key_file: Path = Field(
        default=REPOSITORY / ".keys" / "pseudonym.key",
        description="The pseudonym key. It must lie outside data_dir, so that a copy of the data is never a copy of the key.",
    )
    published_dir: Path | None = Field(
        default=None, description="Folder of published DfE statistics; empty: no comparison."
    )
    engine: str = Field(default="", description="Empty: embedded DuckDB. sc://host:port: a Spark Connect server.")
    area_code: str = Field(default="E06000058", description="GSS code of the local authority.")
    postcode_lookup: Path = Field(
        default=REFERENCE / "postcode_lsoa.csv",
        description="CSV with postcode,lsoa_code. The one in git has made-up postcodes only.",
    )
    small_count_threshold: int = Field(default=5, ge=2, description="Counts from 1 to one below this are suppressed.")
    memory_limit: str = Field(default="6GiB", description="What DuckDB may use before it spills to disk.")
    max_file_bytes: int = Field(default=4 * 1024**3, description="A larger file is refused.")
    max_rows: int = Field(default=100_000_000, ge=1, description="A file with more rows is refused.")
    max_columns: int = Field(default=500, ge=1, description="A file with more columns is refused.")
    max_cell_characters: int = Field(default=100_000, ge=1, description="A file with a longer cell is refused.")
    max_sheet_cells: int = Field(
        default=30_000_000, ge=1, description="A workbook with a larger sheet is refused: a sheet is held in memory."
    )
    max_archive_members: int = Field(default=100, ge=1, description="A .zip with more files in it is refused.")
    max_archive_bytes: int = Field(default=8 * 1024**3, ge=1, description="What a .zip, .gz or workbook may unpack to.")
    max_archive_ratio: int = Field(
        default=200, ge=1, description="A .zip, .gz or workbook that unpacks to more times its size is refused."
    )
    max_xml_depth: int = Field(default=32, ge=1, description="XML that is nested deeper is refused.")
    max_seconds_per_file: float = Field(default=3600, gt=0, description="Reading of a file is given up after this.")
    set_wait_minutes: float = Field(
        default=60,
        ge=0,
        description="How long files that belong together wait in the inbox for the one that is missing.",
    )
    alert_webhook: str = Field(
        default="", description="Address that gets a POST when a run fails. Empty: only the log."
    )
    alert_email_to: str = Field(default="", description="Address that gets a mail when a run fails.")
    alert_email_from: str = Field(default="", description="Sender of that mail.")
    smtp_host: str = Field(default="", description="Mail server for it: host, or host:port.")
    ui_host: str = Field(
        default="127.0.0.1", description="Dagster has no login: it listens on this machine only unless told otherwise."
    )
    ui_port: int = Field(default=3000, description="Port of the Dagster UI.")
    event_log_days: int = Field(
        default=90, ge=1, description="How long Dagster keeps finished runs with their event logs, and ticks."
    )
    landed_file_days: int = Field(
        default=730,
        ge=1,
        description="A received file is deleted this many days after it came, with its raw and typed rows, unless it is in"
        " use: what a newer file has replaced, and what was refused.",
    )
    release_days: int = Field(
        default=1096, ge=1, description="A release is deleted this many days after publication, but never the newest."
    )
    dagster_postgres_url: str = Field(
        default="",
        repr=False,
        description="postgresql://user:password@host:port/database for Dagster's runs and event log (needs the package"
        " dagster-postgres). Empty: SQLite below data_dir.",
    )

    def __hash__(self) -> int:
        """They never change, so what was worked out under them can be kept."""
        return hash(self.model_dump_json())

    @property
    def inbox(self) -> Path:
        """Where files are dropped: inbox/<source>/[<supplier>/]<file>, or inbox/<file>, which finds its source itself."""
        return self.data_dir / "inbox"

    @property
    def landing(self) -> Path:
        """Every file ever received, as it came, under its hash."""
        return self.data_dir / "landing"

    @property
    def corrections(self) -> Path:
        """The council's list of corrected values; optional, and not in git: it holds keys of children."""
        return self.data_dir / "corrections.csv"

    @property
    def consent_withdrawals(self) -> Path:
        """The council's list of responses whose consent was withdrawn; optional, and not in git."""
        return self.data_dir / "consent_withdrawals.csv"

    @property
    def quote_approvals(self) -> Path:
        """The council's list of quotes that two people approved or rejected; optional, and not in git."""
        return self.data_dir / "quote_approvals.csv"

    @property
    def quote_review(self) -> Path:
        """The quotes that wait for a decision; free text, for the council only, and so not among the reports."""
        return self.warehouse / "quotes" / "quote_review.csv"

    @property
    def warehouse(self) -> Path:
        """The Parquet tables by layer, and warehouse.duckdb."""
        return self.data_dir / "warehouse"

    @property
    def releases(self) -> Path:
        """One immutable folder per release."""
        return self.data_dir / "releases"

    @property
    def shared(self) -> Path:
        """Holds send_shared.duckdb, the file that partners open."""
        return self.data_dir / "shared"

    @property
    def reports(self) -> Path:
        """What people read: Data Docs, lists of what to fix."""
        return self.data_dir / "reports"

    @property
    def dagster_home(self) -> Path:
        """Dagster's runs and event log."""
        return self.data_dir / "dagster"
