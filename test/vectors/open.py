"""Opens Sotto's frames with stock COSE: pip install pycose==1.1.0 "cbor2<6"; python3 open.py frame.json"""
import hashlib, hmac, json, sys

import cbor2
from pycose.keys import SymmetricKey
from pycose.messages import CoseMessage

def hkdf(key, info):  # RFC 5869, SHA-256, empty salt, one block
    prk = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()

def open_frame(vector):
    key, place = bytes.fromhex(vector["key"]), vector["place"]
    message = CoseMessage.decode(bytes.fromhex(vector["frame"]))
    header = cbor2.loads(message.phdr_encoded)
    assert header[4] == hkdf(key, b"sotto key id"), "another key sealed it"
    assert [header[-65537], header[-65538]] == [place["slot"], place["generation"]], "not in its place"
    assert set(header) <= {1, 4, -65537, -65538, -65539} and header[1] == 3, "another format"
    headers = place["headers"] and bytes.fromhex(place["headers"])
    names = ["tenant", "conversation", "slot", "generation", "kind", "name"]
    message.external_aad = cbor2.dumps([1, *(place[n] for n in names), headers], canonical=True)
    message.key = SymmetricKey(k=key)
    return message.decrypt(), header.get(-65539)

data, opened = json.load(open(sys.argv[1])), 0
for vector in data["vectors"]:
    clear, compression = open_frame(vector)
    if compression is None:  # zstd is not in Python's standard library
        assert clear.hex() == vector["clear"], vector["name"]
        opened += 1
print(f"{opened} frames opened, {len(data['vectors']) - opened} opened but left compressed")
