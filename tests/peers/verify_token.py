"""Verifies a token of Usher's as a service written in Python would: with PyJWT,
by the keys that Usher publishes. One job in, one answer out; see README.md.
"""

import json
import sys

import jwt


def main():
    job = json.load(sys.stdin)
    key = jwt.PyJWKClient(job["jwks_url"]).get_signing_key_from_jwt(job["token"])
    try:
        claims = jwt.decode(
            job["token"],
            key,
            algorithms=[job["algorithm"]],
            audience=job["audience"],
            issuer=job["issuer"],
            options={"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "sid"]},
        )
        answer = {"claims": claims, "key_id": key.key_id}
    except jwt.InvalidTokenError as error:
        answer = {"rejected": type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
