# Sends one mail with Python's smtplib, as told by a JSON object on standard input: port, user, password, sender, recipient, text, and how:
# "smtputf8" (RFC 6531: UTF-8 in the header) or "chunks" (RFC 3030: BDAT, cut inside of a letter). Fails if the server does not offer it.

import base64
import json
import smtplib
import sys

order = json.load(sys.stdin)
server = smtplib.SMTP("127.0.0.1", order["port"], timeout=30)
server.ehlo()
for extension in ("8bitmime", "chunking", "smtputf8"):
    assert server.has_extn(extension), extension
# smtplib's own login() takes US-ASCII only.
login = "\0" + order["user"] + "\0" + order["password"]
code, reply = server.docmd("AUTH", "PLAIN " + base64.b64encode(login.encode()).decode())
assert code == 235, reply

author = "Änna Müster" if order["how"] == "smtputf8" else "Anna"
lines = [
    f"From: {author} <{order['sender']}>",
    f"To: {order['recipient']}",
    f"Subject: {'Für dich' if order['how'] == 'smtputf8' else 'in chunks'}",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    order["text"],
    "",
]
mail = "\r\n".join(lines).encode()

if order["how"] == "smtputf8":
    server.sendmail(order["sender"], [order["recipient"]], mail, ["BODY=8BITMIME", "SMTPUTF8"])
else:
    code, reply = server.mail(order["sender"], ["BODY=8BITMIME"])
    assert code == 250, reply
    code, reply = server.rcpt(order["recipient"])
    assert code == 250, reply
    cut = mail.index("ü".encode()) + 1
    for chunk, last in ((mail[:cut], b""), (mail[cut : cut + 3], b""), (mail[cut + 3 :], b" LAST")):
        server.send(b"BDAT %d%s\r\n" % (len(chunk), last) + chunk)
        code, reply = server.getreply()
        assert code == 250, reply
server.quit()
