# Builds Usher. The Debian release must be that of the second stage: the
# program is linked to its libraries.
FROM rust:1.95-bookworm AS build
WORKDIR /src

COPY scripts/install-packages scripts/
RUN scripts/install-packages build && rm -rf /var/lib/apt/lists/*

# The dependencies first, with an empty program around them: this layer lasts
# until one of them changes.
COPY Cargo.toml Cargo.lock ./
COPY benches benches
RUN mkdir src && echo 'fn main() {}' >src/main.rs && touch src/lib.rs \
    && cargo build --locked --release \
    && rm -r src

COPY . .
# An older file than the empty program would be taken for unchanged.
RUN find src -name '*.rs' -exec touch {} + \
    && cargo build --locked --release


FROM debian:bookworm-slim
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Usher" \
      org.opencontainers.image.description="Lets people into a product by SAML single sign-on, and makes sure that their user and team are there" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libpq5 libssl3 libxml2 libxmlsec1-openssl libxslt1.1 \
    && rm -rf /var/lib/apt/lists/*

# A number that no account of the host has by chance, and a place for what
# must last: the database and the secret key.
RUN groupadd --gid 10001 usher \
    && useradd --uid 10001 --gid usher --no-create-home --home-dir /data --shell /usr/sbin/nologin usher \
    && install --directory --owner usher --group usher --mode 0700 /data
COPY --from=build /src/target/release/usher /usr/local/bin/usher
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/usher/

USER 10001:10001
WORKDIR /data
VOLUME /data
# Inside a container, "localhost" would be heard by nobody.
ENV USHER_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["usher", "health"]
ENTRYPOINT ["usher"]
CMD ["serve"]
