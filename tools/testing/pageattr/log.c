// SPDX-License-Identifier: GPL-2.0-only
#include "bbm.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "tables.h"
#include "tlb.h"

struct event events[LOG_MAX];
unsigned int log_nr;
bool log_reads;
unsigned int log_cpu;
unsigned int log_rcu_torn;
unsigned int log_rcu_outside;
unsigned int log_root_writable;
void (*log_hook)(enum access access, u64 *entry);
void (*log_step)(const struct event *ev);

/* RCU read-side critical sections since log_reset(): more than any call needs. */
#define MAX_SECTIONS	100000U

static unsigned int sections, rcu_depth, other_depth, rcu_section, first_section;

/* Without bbm.c, changes of the tables are not checked. */
void __weak bbm_reset(void) { }
void __weak bbm_access(const u64 *entry) { }
void __weak bbm_before_store(u64 *entry, u64 new) { }
void __weak bbm_after_store(u64 *entry, u64 old) { }
void __weak bbm_event(const struct event *ev) { }
void __weak bbm_settle(void) { }

void log_reset(void)
{
	log_nr = 0;
	log_rcu_torn = 0;
	log_rcu_outside = 0;
	first_section = 0;
	sections = 0;
}

struct event *log_add(enum event_type type)
{
	struct event *ev = &events[log_nr];

	if (++log_nr == LOG_MAX)
		test_bail("more than %u events in one call", LOG_MAX);
	*ev = (struct event){ .type = type, .cpu = log_cpu };

	return ev;
}

static void deliver(const struct event *ev)
{
	bbm_event(ev);
	tlb_event(ev);
}

void log_event(enum event_type type)
{
	deliver(log_add(type));
}

unsigned int log_count(enum event_type type)
{
	unsigned int i, nr = 0;

	for (i = 0; i < log_nr; i++)
		nr += events[i].type == type;

	return nr;
}

const char *log_string_of(unsigned int first, unsigned int end)
{
	static const char letters[] = "RSDHITUWGMF";
	static char s[256];
	unsigned int i, n = 0;

	for (i = first; i < end && n < sizeof(s) - 1; i++) {
		if (events[i].type == EV_TLBI && n && s[n - 1] == 'T')
			continue;
		s[n++] = letters[events[i].type];
	}
	s[n] = '\0';

	return s;
}

const char *log_string(void)
{
	return log_string_of(0, log_nr);
}

void log_delete(unsigned int first, unsigned int end)
{
	unsigned int i;

	for (i = 0; end + i < log_nr; i++)
		events[first + i] = events[end + i];
	log_nr -= end - first;
}

/* One read, and for the root one more for each level that is folded into it. */
static unsigned int reads_allowed(const u64 *entry)
{
	if (tables_entry(tables_addr(entry), tables_root_level()) == entry)
		return tables_root_level() + 2;

	return 1;
}

void log_check_reads(void)
{
	unsigned int i, k;

	for (i = 0; i < log_nr; i++) {
		unsigned int reads = 1;

		EXPECT(events[i].type == EV_READ, "%s", log_string());
		if (events[i].type != EV_READ)
			continue;
		for (k = 0; k < i; k++)
			reads += events[i].entry == events[k].entry;
		EXPECT(reads <= reads_allowed(events[i].entry), "%u reads of the entry of %016lx",
		       reads, tables_addr(events[i].entry));
	}
}

void log_print(void)
{
	unsigned int i;

	for (i = log_nr - min(log_nr, 64U); i < log_nr; i++) {
		const struct event *ev = &events[i];

		printf("    # CPU%u: ", ev->cpu);
		switch (ev->type) {
		case EV_READ:
			printf("read %016lx\n", tables_addr(ev->entry));
			break;
		case EV_STORE:
			printf("store %016lx = %016llx\n", tables_addr(ev->entry), ev->val);
			break;
		case EV_DSB_ISHST:
			printf("dsb ishst\n");
			break;
		case EV_DSB_ISH:
			printf("dsb ish\n");
			break;
		case EV_ISB:
			printf("isb\n");
			break;
		case EV_TLBI:
			printf("tlbi %s %016lx-%016lx level %u\n", ev->text, ev->start,
			       ev->end, ev->level);
			break;
		case EV_UNMAP_ALIASES:
			printf("vm_unmap_aliases()\n");
			break;
		case EV_WARN:
			printf("warning: %s\n", ev->text);
			break;
		case EV_GRACE:
			printf("grace period\n");
			break;
		case EV_TABLES_LOCK:
			printf("kernel_tables_rwsem\n");
			break;
		case EV_FREE:
			printf("free the table of %016lx\n", tables_addr(ev->entry));
			break;
		}
	}
}

static void call_hook(enum access access, u64 *entry)
{
	void (*hook)(enum access access, u64 *entry) = log_hook;

	if (!hook)
		return;

	log_hook = NULL;
	hook(access, entry);
	if (!log_hook)
		log_hook = hook;
}

static void check_rcu(void)
{
	if (!first_section)
		first_section = rcu_section;
	if (!rcu_depth || rcu_section != first_section)
		log_rcu_torn++;
	if (!rcu_depth)
		log_rcu_outside++;
}

/* Other CPUs do not see a table before it is linked: no events. */
static bool is_shared(const u64 *entry)
{
	struct table *table = tables_of(entry);

	return table && table->state != TABLE_PRIVATE;
}

static void step(const struct event *ev)
{
	if (log_step)
		log_step(ev);
}

void log_moment(enum access access)
{
	call_hook(access, NULL);
}

void host_read(const void *p)
{
	u64 *entry = (u64 *)p;

	if (!is_shared(entry))
		return;
	tlb_read(entry);
	bbm_access(entry);
	check_rcu();
	if (log_reads)
		log_add(EV_READ)->entry = entry;
	call_hook(AFTER_READ, entry);
}

/* The old value, between host_store() and host_stored(). */
static u64 replaced;

static void begin_store(u64 *entry, u64 val)
{
	struct event *ev;

	if (in_swapper_pgdir(entry) && !log_root_writable)
		host_warn("a store to the read-only root");
	bbm_before_store(entry, val);
	tlb_before_store(entry);
	replaced = *entry;
	ev = log_add(EV_STORE);
	ev->entry = entry;
	ev->val = val;
}

/* A contiguous group may be changed in part until its owner leaves the critical section. */
static void settle(void)
{
	if (!rcu_depth && !other_depth)
		bbm_settle();
}

static void end_store(u64 *entry)
{
	bbm_after_store(entry, replaced);
	tlb_after_store(entry, replaced);
	settle();
	call_hook(AFTER_STORE, entry);
}

void host_store(void *p, unsigned long val)
{
	u64 *entry = (u64 *)p;

	if (!is_shared(entry))
		return;
	bbm_access(entry);
	check_rcu();
	call_hook(BEFORE_STORE, entry);
	begin_store(entry, val);
}

void host_stored(void *p)
{
	if (is_shared(p))
		end_store(p);
}

u64 host_cmpxchg(u64 *entry, u64 old, u64 new)
{
	u64 seen;

	if (!is_shared(entry)) {
		host_warn("cmpxchg() outside the page tables");
		return ~old;
	}
	bbm_access(entry);
	check_rcu();
	call_hook(BEFORE_STORE, entry);
	tlb_read(entry);
	seen = *entry;
	if (seen == old) {
		begin_store(entry, new);
		*entry = new;
		end_store(entry);
	}

	return seen;
}

void rcu_read_lock(void)
{
	if (!rcu_depth++) {
		rcu_section++;
		if (++sections == MAX_SECTIONS)
			host_bug("the call does not end", __FILE__, __LINE__);
	}
}

void rcu_read_unlock(void)
{
	if (!rcu_depth--)
		host_warn("rcu_read_unlock() without rcu_read_lock()");
	settle();
	if (!rcu_depth)
		step(NULL);
}

unsigned int log_rcu_switch(unsigned int depth)
{
	other_depth = rcu_depth;
	rcu_depth = depth;

	return other_depth;
}

bool log_rcu_held(void)
{
	return rcu_depth;
}

void host_dsb(const char *domain)
{
	if (!strcmp(domain, "ishst"))
		log_event(EV_DSB_ISHST);
	else if (!strcmp(domain, "ish"))
		log_event(EV_DSB_ISH);
	else
		host_warn("unexpected DSB");
	step(&events[log_nr - 1]);
}

void host_isb(void)
{
	log_add(EV_ISB);
}

/* Decode the operand: Arm ARM, "TLBI VAAE1IS" and "TLBI RVAAE1IS". */
void host_tlbi(const char *op, u64 operand)
{
	struct event *ev = log_add(EV_TLBI);

	ev->text = op;
	if (!strcmp(op, "vmalle1is")) {
		ev->all = true;
	} else if (!strcmp(op, "vaale1is") || !strcmp(op, "vaae1is")) {
		ev->start = (unsigned long)sign_extend64((operand & GENMASK_ULL(43, 0)) << 12, 55);
		ev->end = ev->start + PAGE_SIZE;
		ev->level = FIELD_GET(GENMASK_ULL(47, 44), operand) & 3;
	} else if (!strcmp(op, "rvaale1is") || !strcmp(op, "rvaae1is")) {
		unsigned long scale = FIELD_GET(GENMASK_ULL(45, 44), operand);
		unsigned long num = FIELD_GET(GENMASK_ULL(43, 39), operand);
		unsigned int shift = lpa2_is_enabled() ? 16 : PAGE_SHIFT;

		ev->start = (unsigned long)sign_extend64((operand & GENMASK_ULL(36, 0)) << shift,
							 36 + shift);
		ev->end = ev->start + (((num + 1) << (5 * scale + 1)) << PAGE_SHIFT);
		ev->level = FIELD_GET(GENMASK_ULL(38, 37), operand);
	} else {
		host_warn("unexpected TLBI");
	}
	deliver(ev);
	step(ev);
}

void host_warn(const char *what)
{
	log_add(EV_WARN)->text = what;
}

void host_bug(const char *what, const char *file, int line)
{
	printf("Bail out! BUG at %s:%d: %s\n", file, line, what);
	fflush(NULL);
	abort();
}
