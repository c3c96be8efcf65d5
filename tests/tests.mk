# How the tests are built and run; the rungs of the ladder are in tests/run.

TEST_LIBS := $(foreach l,policy web catalogue ruleset proto net store incident conf name wire base,$(BUILD)/lib$l.a)
TEST_EXT  := libqrencode libconfig libsodium jansson libidn2 libmicrohttpd gnutls libhs cmocka libnetfilter_queue libmnl sqlite3
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# Programs of the tests themselves: each *.c of tests/lab, tests/bench and tests/case is one program.
TOOLS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/lab/*.c tests/bench/*.c tests/case/*.c))

$(BUILD)/unit/%: tests/unit/%.c $(TEST_LIBS)
	$(call say,UNIT,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) -Itests/unit $(WARN) $(HARD) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
		-Wl,--start-group $(TEST_LIBS) -Wl,--end-group $(call links,$(TEST_EXT)) -lm

# Tests of a program's own parts (tests/unit/ctl) link its objects too, all but main; gate's include theirs whole.
define program_units
$(BUILD)/unit/$1/%: tests/unit/$1/%.c $(filter-out %/main.o,$(call objects,$1)) $(TEST_LIBS)
	$$(call say,UNIT,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -std=c11 $$(CPPFLAGS) -Itests/unit $$(WARN) $$(HARD) $$(CFLAGS) -MMD -MP -MF $$@.d $$(LDFLAGS) -o $$@ \
		$$< $$(filter %.o,$$^) -Wl,--start-group $$(TEST_LIBS) -Wl,--end-group $$(call links,$$(TEST_EXT)) -lm
endef
$(foreach p,$(filter-out gate,$(PROGRAMS)),$(eval $(call program_units,$p)))

$(BUILD)/tests/%: tests/%.c $(TEST_LIBS)
	$(call say,TOOL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(WARN) $(HARD) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
		-Wl,--start-group $(TEST_LIBS) -Wl,--end-group $(call links,$(TEST_EXT)) -lm

# The corpus replayer: the same function without the fuzzer around it.
$(BUILD)/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(TEST_LIBS)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(WARN) $(HARD) $(CFLAGS) $(LDFLAGS) -o $@ $< tests/fuzz/replay.c $(filter %.o,$^) \
		-Wl,--start-group $(TEST_LIBS) -Wl,--end-group $(call links,$(TEST_EXT)) -lm

# The fuzzer itself, for clang and a build folder with SANITIZE=fuzzer-no-link,address,undefined (tests/fuzz/run).
$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(TEST_LIBS)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(WARN) $(HARD) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(filter %.o,$^) \
		-Wl,--start-group $(TEST_LIBS) -Wl,--end-group $(call links,$(TEST_EXT)) -lm

# This one plays before the whole engine.
$(BUILD)/fuzz/replay_follow $(BUILD)/fuzz/fuzz_follow: $(filter-out %/main.o,$(call objects,engine)) tests/fuzz/server_model.h

.PHONY: archives units tools replayers
archives: $(TEST_LIBS)
units: $(UNITS)
tools: $(TOOLS)
replayers: $(patsubst fuzz_%,$(BUILD)/fuzz/replay_%,$(FUZZERS))

check check-full soak: deps
	$(Q)BUILD=$(BUILD) tests/run $@
lint:
	$(Q)BUILD=$(BUILD) tests/run lint
demo: deps
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)BUILD=$(BUILD) KEEP=$(KEEP) tests/lab/demo
bench: deps
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q).ci/deps packages-bench
	$(Q)BUILD=$(BUILD) tests/bench/run
	$(Q)BUILD=$(BUILD) tests/bench/web
	$(Q)BUILD=$(BUILD) tests/bench/lists
	$(Q)BUILD=$(BUILD) tests/bench/words
	$(Q)BUILD=$(BUILD) tests/bench/help
	$(Q)TRYGG_BUILD=$(abspath $(BUILD)) tests/bench/desk
fuzz: deps
	$(Q)BUILD=$(BUILD) SECONDS=$(SECONDS) tests/fuzz/run
format:
	clang-format -i $$(git ls-files 'daemon/*.[ch]' 'tests/*.[ch]')
