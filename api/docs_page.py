"""`/docs`: every address with its parameters and examples, as one page that loads nothing else."""

import json
import re
from html import escape
from typing import Any

from api.errors import PROBLEMS

# The page has no scripts; this also stops a browser from running any that might get into it.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-top: 1px solid #d5dce3; padding-top: 1.5rem }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em }
pre { background: #f3f6f8; padding: 1rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0 }
th, td { border-bottom: 1px solid #e5eaee }
summary { cursor: pointer }
"""


def docs_page(openapi: dict[str, Any]) -> str:
    """HTML for an OpenAPI description and the kinds of problems."""
    title = escape(openapi["info"]["title"])
    operations = "".join(_operation(path, item["get"]) for path, item in openapi["paths"].items() if "get" in item)
    kinds = "".join(
        f'<tr id="{escape(kind.slug)}"><td>{kind.status}</td><td><code>{escape(kind.slug)}</code></td>'
        f"<td>{_prose((kind.__doc__ or '').strip())}</td></tr>"
        for kind in PROBLEMS
    )
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>{_STYLE}</style></head>
<body>
<h1>{title}</h1>
<p>{_prose(openapi["info"].get("description", ""))}</p>
<p>Machine-readable: <a href="/openapi.json">/openapi.json</a>.</p>
{operations}
<h2>Problems</h2>
<p>Every error is an <code>application/problem+json</code> document: what is wrong, where, and the remedy.</p>
<table><thead><tr><th>Status</th><th>Kind</th><th>Meaning</th></tr></thead><tbody>{kinds}</tbody></table>
</body>
</html>
"""


def _operation(path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(parameter['name'])}</code>"
        f"{' (required)' if parameter.get('required') else ''}</td>"
        f"<td>{_prose(_description(parameter))}</td></tr>"
        for parameter in operation.get("parameters", [])
    )
    table = f"<table><tbody>{parameters}</tbody></table>" if parameters else ""
    examples = "".join(
        _example(status, media_type, content)
        for status, response in operation["responses"].items()
        for media_type, content in response.get("content", {}).items()
    )
    return (
        f'<h2 id="{escape(operation["operationId"])}"><code>GET {escape(path)}</code></h2>'
        f"<p><strong>{escape(operation.get('summary', ''))}</strong></p>"
        f"<p>{_prose(operation.get('description', ''))}</p>"
        f"{table}{examples}"
    )


def _prose(text: str) -> str:
    """Text as HTML, with what stands between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _description(parameter: dict[str, Any]) -> str:
    return str(parameter.get("description") or parameter.get("schema", {}).get("description") or "")


def _example(status: str, media_type: str, content: dict[str, Any]) -> str:
    values = [content["example"]] if "example" in content else []
    values += [example["value"] for example in content.get("examples", {}).values()]
    return "".join(
        f"<details><summary>{escape(status)} <code>{escape(media_type)}</code> "
        f"{escape(value.get('title', 'example'))}</summary>"
        f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre></details>"
        for value in values
    )
