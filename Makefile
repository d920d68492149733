# The two commands of the README, and what else is done often.
# Everything behind them is a script that can be run on its own.

.PHONY: help demo build test lint image
.DEFAULT_GOAL := help

help: ## Show these lines
	@sed -n 's/^\([a-z]*\): ##/  make \1 \t/p' $(MAKEFILE_LIST)

demo: ## Run Usher on http://localhost:8080, with a test identity provider, to look around
	@scripts/need-cargo
	@scripts/install-packages build run
	cargo run --locked -- demo

test: ## Run every test: SQLite, PostgreSQL, real identity providers, a browser
	@scripts/need-cargo
	@scripts/install-packages build run test
	@scripts/test

build: ## Build the program for production: target/release/usher
	@scripts/need-cargo
	@scripts/install-packages build
	cargo build --locked --release

lint: ## Check format, clippy and rustdoc, with warnings denied
	@scripts/need-cargo
	@scripts/install-packages build
	@scripts/lint

image: ## Build the container image with docker, podman or buildah
	@scripts/build-image
