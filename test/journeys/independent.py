# A client in Python, with Debian's Authlib and jwcrypto: gets a token, pushes an event that it signed, polls, and verifies what it is handed.
# On either side the same token with its id under another name and the signature that it had has to be refused.
import json, os, time, uuid

os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebSignature
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from jwcrypto.common import base64url_decode, base64url_encode
from jwcrypto.jwk import JWKSet
from jwcrypto.jws import JWS, InvalidJWSSignature

gateway, client, stream = os.environ['GW'], os.environ['CLIENT_ID'], os.environ['STREAM']
key = json.load(open(os.environ['KEY']))
endpoint = gateway + '/oauth/token'
proof = PrivateKeyJWT(endpoint, claims={'aud': gateway, 'exp': int(time.time()) + 60}, alg='ES256')
session = OAuth2Session(client, JsonWebKey.import_key(key), token_endpoint_auth_method=proof, scope='set.push ssf.read')
token = session.fetch_token(endpoint, grant_type='client_credentials')

now = int(time.time())
event = {'iss': client, 'aud': gateway, 'jti': str(uuid.uuid4()), 'iat': now, 'toe': now, 'sub_id': {'format': 'opaque', 'id': 'w-python'},
         'events': {gateway + '/ns/event/v1/candidate.registered': json.loads(os.environ['PAYLOAD'])}}
signed = JsonWebSignature(['ES256']).serialize_compact({'alg': 'ES256', 'typ': 'secevent+jwt'}, json.dumps(event), JsonWebKey.import_key(key))


def altered(compact):
    head, payload, signature = compact.split('.')
    text = base64url_decode(payload).decode()
    assert '"jti":' in text
    return '.'.join([head, base64url_encode(text.replace('"jti":', '"jtx":')), signature])


def push(compact):
    return session.post(gateway + '/v1/sets', data=compact, headers={'content-type': 'application/secevent+jwt'})


forged = push(altered(signed.decode()))
pushed = push(signed)

sets = {}
for _ in range(50):
    sets = session.post(gateway + '/v1/streams/' + stream + '/poll', json={'maxEvents': 5, 'returnImmediately': True}).json()['sets']
    if sets:
        break
    time.sleep(0.1)
keys = JWKSet.from_json(session.get(gateway + '/.well-known/jwks.json').text)


def verify(compact):
    received = JWS()
    received.deserialize(compact)
    kid = json.loads(received.objects['protected'])['kid']
    received.verify(keys.get_key(kid))
    return json.loads(received.payload)


claims, refused = [], 0
for compact in sets.values():
    claims.append(verify(compact))
    try:
        verify(altered(compact))
    except InvalidJWSSignature:
        refused += 1
print(json.dumps({
    'token_type': token['token_type'],
    'altered': [forged.status_code, forged.json()['err']],
    'pushed': [pushed.status_code, pushed.text],
    'claims': claims,
    'refused': refused,
}))
