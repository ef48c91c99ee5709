# Reads mails with Python's email package and says what it finds. Standard input: a JSON list of mails in base64. Standard output: a JSON
# list with, for each mail, the decoded fields, the text, the other parts, the blocks of a delivery status, and every defect, be it of a
# part or of a header field. What stands for itself (get_body, iter_attachments) decides what is text and what came along.

import base64
import email
import email.header
import email.policy
import email.utils
import json
import sys


def defects_of(message):
    for part in message.walk():
        yield from (repr(defect) for defect in part.defects)
        for name, value in part.items():
            yield from (f"{name}: {defect!r}" for defect in value.defects)


def address_of(value):
    # The newer parser of Python before 3.13 leaves a blank between two encoded words of a name (RFC 2047 6.2 wants none); this one does not.
    pairs = email.utils.getaddresses([value.replace("\r\n", "").replace("\n", "")]) if value else []
    return [[str(email.header.make_header(email.header.decode_header(name))), address] for name, address in pairs]


def facts_of(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    written = email.message_from_bytes(raw)
    body = message.get_body(preferencelist=("plain",))
    parts = [part for part in message.walk() if not part.is_multipart() or part.get_content_type() == "message/delivery-status"]
    status = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    return {
        "fields": {name.lower(): str(value) for name, value in message.items()},
        "names": [name.lower() for name in message.keys()],
        "from": address_of(written["from"]),
        "to": address_of(written["to"]),
        "date": message["date"].datetime.timestamp() * 1000,
        "type": message.get_content_type(),
        "reportType": message.get_param("report-type"),
        "text": body.get_content() if body else None,
        "types": [part.get_content_type() for part in message.walk()],
        "status": [dict(block.items()) for part in status for block in part.get_payload()],
        "defects": list(defects_of(message)),
    }


print(json.dumps([facts_of(base64.b64decode(mail)) for mail in json.load(sys.stdin)]))
