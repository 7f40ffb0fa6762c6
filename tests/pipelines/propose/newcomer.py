"""A department that nobody has declared: its rows, its files, its endpoints, and the commands."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from click.testing import CliRunner, Result

from pipelines.cli.main import hub as command

Row = dict[str, Any]
HEADERS = (
    *("接种流水号", "受种者姓名", "身份证号", "性别", "出生日期", "监护人姓名", "监护人电话"),
    *("现住址", "疫苗名称", "剂次", "接种日期", "更新时间"),
)
NAMES = ["王小明", "李芳", "张伟", "刘洋", "陈静", "杨帆", "黄蓉", "赵云", "吴迪", "周杰"]


def doses(count: int = 40) -> list[Row]:
    """Rows of a vaccination register; people are invented, numbers have the form alone."""
    return [
        dict(
            zip(
                HEADERS,
                (
                    f"JZ{n:06d}",
                    NAMES[n % 10],
                    f"36073120{10 + n % 10}0{1 + n % 9}1{n % 10}{n:03d}X",
                    "男" if n % 2 else "女",
                    f"20{10 + n % 10}-0{1 + n % 9}-1{n % 10}",
                    NAMES[(n + 3) % 10],
                    f"139{n:08d}",
                    f"贡江镇红军大道{n}号",
                    ("乙肝疫苗", "卡介苗")[n % 2],
                    str(1 + n % 3),
                    f"2026-05-{1 + n % 28:02d}",
                    f"2026-06-{1 + n % 28:02d} 08:00:00",
                ),
                strict=True,
            )
        )
        for n in range(count)
    ]


def written(folder: Path, form: str, rows: list[Row], encoding: str = "gb18030") -> Path:
    """The rows as a file of the format, under a name that follows no rule."""
    path = folder / f"接种登记.{form}"
    if form == "csv":
        text = io.StringIO()
        lines = csv.DictWriter(text, HEADERS)
        text.write("疫苗接种登记表,,,\n")
        lines.writeheader()
        lines.writerows(rows)
        path.write_bytes(text.getvalue().encode(encoding))
    elif form == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate([HEADERS, *(row.values() for row in rows)]):
                sheet.write_row(number, 0, list(line))
    elif form == "jsonl":
        path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def home_of(folder: Path) -> Path:
    """A home that knows its county and nothing else."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    county = '[county]\ndivision_code = "360731"\nname = "于都县"\n'
    (home / "hub.toml").write_text(county, encoding="utf-8")
    return home


def hub(home: Path, *words: str) -> Result:
    """`hub WORDS` in this process."""
    return CliRunner().invoke(command, ["--home", str(home), "--as-of", "2026-07-01", *words])


@contextmanager
def endpoint(style: str, rows: list[Row], token: str = "") -> Iterator[str]:
    """A REST service on loopback that pages in one of the known styles."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if token and self.headers.get("Authorization") != f"Bearer {token}":
                self.send_error(401)
                return
            query = dict(parse_qsl(urlsplit(self.path).query))
            body, link = _answer(style, rows, query, f"http://{self.headers['Host']}/doses")
            data = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            if link:
                self.send_header("Link", f'<{link}>; rel="next"')
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/doses"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(style: str, rows: list[Row], query: dict[str, str], url: str) -> tuple[Any, str | None]:
    rows = sorted(rows, key=lambda row: (str(row["更新时间"]), str(row["接种流水号"])))
    since = query.get("updatedSince", "").replace("T", " ")
    if style == "numbered":
        rows = [row for row in rows if str(row["更新时间"]) >= since]
        size, page = int(query.get("pageSize", 20)), int(query.get("page", 1))
        part = rows[(page - 1) * size : page * size] if page > 0 else []
        return {"code": 0, "data": {"total": len(rows), "list": part}}, None
    if style == "from_zero":
        size, page = int(query.get("size", 20)), int(query.get("page", 0))
        part = rows[page * size : (page + 1) * size]
        return {"content": part, "totalElements": len(rows)}, None
    size = int(query.get("limit", 10))
    start = int(query.get("cursor", query.get("start", 0)))
    part, more = rows[start : start + size], start + size < len(rows)
    if style == "cursor":
        return {"items": part, "nextCursor": str(min(start + size, len(rows)))}, None
    if style == "link":
        return part, f"{url}?limit={size}&start={start + size}" if more else None
    return rows, None
