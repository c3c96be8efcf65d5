# Trygg. The two commands of a newcomer, as root on Debian 12: `make demo` and `make check`.
#   make            every program into build/         make bench   numbers against a baseline in the same run
#   make check      every test, lint inside it        make fuzz    fuzzers, SECONDS=60 each
#   make demo       a school in network namespaces    make lint    style, layers, links, words
#   make install    with DESTDIR and PREFIX           V=1          shows the commands
#   make deb        Debian packages in BUILD/deb      make deb-check   installs, upgrades, removes them (network)

CC        ?= gcc
BUILD     ?= build
# One spelling only: make compares names as text, and what depends on build/x.o must know it from /…/build/x.o.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
PREFIX    ?= /usr
PKGCONFIG ?= pkg-config
SECONDS   ?= 60
VERSION   := $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)

WARN  := -Wall -Wextra -Wshadow -Wcast-qual -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
         -Wvla -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef
HARD  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE -D_FORTIFY_SOURCE=3
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -Idaemon/lib -Idaemon -DTRYGG_VERSION='"$(or $(VERSION),0.0.0)"'
LDFLAGS  += -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
ifdef WERROR
WARN  += -Werror
endif
ifdef SANITIZE
# _FORTIFY_SOURCE hides overflows from the sanitizer.
HARD  := -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=$(SANITIZE) -fPIE
LDFLAGS += -fsanitize=$(SANITIZE)
endif
# Tests set the clock; the installed programs cannot be moved.
ifndef RELEASE
CPPFLAGS += -DTRYGG_TEST_CLOCK
endif

# ---- The privilege table (DESIGN section 3): own archives, then foreign libraries. tests/lint/links compares it
# ---- with what the linked programs really need.
LIBS := base name wire conf net proto ruleset policy incident catalogue store web

OWN_hold    := wire base
OWN_gate    := wire base
OWN_engine  := policy ruleset proto net incident conf name wire base
OWN_keeper  := incident conf wire name base
OWN_courier := store catalogue incident conf wire name base
OWN_help    := web catalogue incident policy ruleset proto conf name wire base
OWN_review  := web catalogue store incident conf name wire base
OWN_compile := ruleset catalogue conf name wire base
OWN_ctl     := web store policy catalogue ruleset incident conf name wire base

EXT_hold    :=
EXT_gate    := libnetfilter_queue libmnl
EXT_engine  := hs_runtime libconfig libsodium
EXT_keeper  := libconfig libsodium jansson
EXT_courier := libconfig libsodium sqlite3 libcurl
EXT_help    := hs_runtime libconfig libsodium jansson libmicrohttpd gnutls
EXT_review  := libconfig libsodium jansson libmicrohttpd sqlite3
EXT_compile := libhs libconfig libidn2 libsodium
EXT_ctl     := hs_runtime libconfig libidn2 jansson libsodium sqlite3 libqrencode gnutls

PROGRAMS := hold gate engine keeper courier help review compile ctl
binary = $(BUILD)/$(if $(filter ctl,$1),tryggctl,trygg-$1)
BINARIES := $(foreach p,$(PROGRAMS),$(call binary,$p))

# libhs_runtime has no pkg-config file: libhs without its compiler.
links = $(patsubst hs_runtime,-lhs_runtime,$(filter hs_runtime,$1)) $(shell $(PKGCONFIG) --libs $(filter-out hs_runtime,$1) 2>/dev/null)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $1 $2)

.PHONY: all check check-full demo bench soak fuzz lint format install deb deb-check clean deps
all: $(BINARIES)

sources = $(wildcard daemon/$1/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$1))

$(BUILD)/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(WARN) $(HARD) $(CFLAGS) -MMD -MP -c -o $@ $<

define archive
$(BUILD)/lib$1.a: $(call objects,lib/$1)
	$$(call say,AR,$$@)
	@mkdir -p $$(@D); rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call archive,$l)))

# llhttp is foreign code inside proto's archive: Debian's sources, in the strict mode they have, without our warnings.
LLHTTP   ?= /usr/share/llhttp
CPPFLAGS += -isystem /usr/share/include/llhttp
LLHTTP_OBJECTS := $(patsubst $(LLHTTP)/%.c,$(BUILD)/llhttp/%.o,$(wildcard $(LLHTTP)/*.c))
$(BUILD)/libproto.a: $(LLHTTP_OBJECTS)
$(BUILD)/llhttp/%.o: $(LLHTTP)/%.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) -DLLHTTP_STRICT_MODE=1 -w $(HARD) $(CFLAGS) -c -o $@ $<

define program
$(call binary,$1): $(call objects,$1) $(foreach l,$(OWN_$1),$(BUILD)/lib$l.a)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $$@ $$^ $$(call links,$(EXT_$1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$p)))

# ---- Tests ------------------------------------------------------------------------------------------------
# tests/Makefile-style rules live in tests/tests.mk, so that this file stays the table of the product.
include tests/tests.mk

deps:
	@.ci/deps

# What is installed is a release build: no clock that tests can move.
ifndef RELEASE
install:
	$(Q)$(MAKE) --no-print-directory RELEASE=1 BUILD=$(BUILD)/release install
else
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/trygg $(DESTDIR)$(PREFIX)/share/trygg $(DESTDIR)/etc/trygg
	install -m 755 $(BUILD)/tryggctl $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(filter-out %/tryggctl,$(BINARIES)) $(DESTDIR)$(PREFIX)/libexec/trygg/
	.ci/install "$(DESTDIR)" "$(PREFIX)"
endif

# Built from a copy: debhelper leaves its files in the tree it works in, and its packages above it.
deb:
	@.ci/deps packages-deb
	$(Q)tests/deb/build $(abspath $(BUILD))/deb
deb-check: deb tools
	$(Q)tests/deb/check $(abspath $(BUILD))/deb

clean:
	rm -rf $(BUILD)

# Of files only: rules.trygg.d, which the compiled set of a checkout lives in, is a folder.
-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
