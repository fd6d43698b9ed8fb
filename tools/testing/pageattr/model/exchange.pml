/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A collapse that gives a table of the linear map back a contiguous group: the table is
 * copied, and the copy takes its place, beside changes of the entries that take no lock,
 * readers that sleep, and the hardware. collapse.pml has what becomes a block, and says
 * how TLBs, walk caches and the kernel's order of memory are modelled.
 *
 *	spin -run -DNAME exchange.pml	one of the faults below, or none
 *
 * One PMD entry and its table of two pages, each with an owner. Other entries decide
 * that there is something to gain, so that a collapse copies whatever these two are.
 *
 * The entry has two marks. LOOKS: a collapse is about to copy, and who is to change an
 * entry below takes it away. STALE: entries of the former table may still come out of a
 * walk cache, so who is to change one invalidates them first.
 */
#define TABLES	3

#define TABLE	3
#define LOOKS	4
#define STALE	8

#define DEFAULT	0
#define RO	1
#define BIT(perm) (1 << (perm))

typedef entries {
	bit page[2];
};

byte pmd = 1;
entries pte[TABLES + 1];	/* [0] is none */
bool used[TABLES + 1];

/* The hardware */
bool walk_cache[TABLES + 1];
byte tlb[2];

/* What an owner relies on, once its change and invalidation are complete. */
bool settled[2];
bit wanted[2];

bool reading[3], awaited[3];
bool mmap_read, mmap_write;
bool asked;
byte owners;

#define stale(i)	(settled[i] && (tlb[i] & BIT(!wanted[i])))
#define lost(i)		(settled[i] && wanted[i] != pte[pmd & TABLE].page[i])
#define check() \
	assert(!stale(0) && !stale(1) && !lost(0) && !lost(1))

inline cmpxchg_pmd(old, new, done)
{
	d_step {
		done = pmd == (old);
		if
		:: done -> pmd = new
		:: else
		fi;
		check()
	}
}

inline release(t)
{
	d_step {
		used[t] = false;
		pte[t].page[0] = DEFAULT;
		pte[t].page[1] = DEFAULT;
		t = 0
	}
}

inline rcu_read_unlock(me)
{
	d_step {
		reading[me] = false;
		awaited[me] = false
	}
}

inline synchronize_rcu()
{
	d_step {
		awaited[0] = reading[0];
		awaited[1] = reading[1];
		awaited[2] = reading[2]
	}
	!awaited[0] && !awaited[1] && !awaited[2]
}

/* All of the table, and the walk caches. */
inline tlbi_table_and_walks()
{
	d_step {
		tlb[0] = 0;
		tlb[1] = 0;
#ifndef FAULT_NO_WALK_CACHE_FLUSH
		walk_cache[1] = false;
		walk_cache[2] = false;
		walk_cache[3] = false
#endif
	}
}

#define walk(t, i) \
	:: d_step { walk_cache[t] && !(tlb[i] & BIT(pte[t].page[i])) -> \
		tlb[i] = tlb[i] | BIT(pte[t].page[i]); check() }

proctype hardware()
{
end:	do
	:: d_step { !walk_cache[pmd & TABLE] -> walk_cache[pmd & TABLE] = true }
	walk(1, 0)
	walk(1, 1)
	walk(2, 0)
	walk(2, 1)
	walk(3, 0)
	walk(3, 1)
	:: (walk_cache[1] && !used[1]) || (walk_cache[2] && !used[2]) ||
	   (walk_cache[3] && !used[3]) -> assert(false)
	od
}

/* Changes its page and gives it back, so many times. */
proctype owner(byte me, rounds)
{
	byte old, round;
	bit perm = RO;
	bool done;

	do
	:: round == 2 * rounds -> break
	:: else ->
		reading[me] = true;
look:
		old = pmd;
		if
		:: old & (LOOKS | STALE) ->
#ifndef FAULT_CHANGE_WITHOUT_FLUSH
			if
			:: old & STALE -> tlbi_table_and_walks()
			:: else
			fi;
#endif
#ifdef FAULT_LOOKS_STAYS
			if
			:: !(old & STALE) -> goto store
			:: else
			fi;
#endif
			cmpxchg_pmd(old, old & TABLE, done);
			goto look
		:: else
		fi;
#ifdef FAULT_LOOKS_STAYS
store:		skip;
#endif
		d_step {
			assert(used[old & TABLE]);
			settled[me] = false;
			pte[old & TABLE].page[me] = perm;
			old = 0
		}
		rcu_read_unlock(me);
		d_step {
			tlb[me] = 0
		}
		d_step {
			settled[me] = true;
			wanted[me] = perm;
			check()
		}
		if
		:: perm == DEFAULT -> asked = true
		:: else
		fi;
		d_step {
			round++;
			perm = !perm
		}
	od;
	owners--
}

proctype collapser()
{
	byte table, spare;
	bool done;

	do
	:: asked ->
		asked = false;
		d_step {
			spare = (!used[1] -> 1 : (!used[2] -> 2 : 3));
			assert(!used[spare]);
			used[spare] = true
		}
		table = pmd;
		cmpxchg_pmd(table, table | LOOKS, done);
		assert(done);
#ifdef FAULT_COPY_BEFORE_GRACE_PERIOD
		pte[spare].page[0] = pte[table].page[0];
		pte[spare].page[1] = pte[table].page[1];
#endif
		synchronize_rcu();
		d_step { !mmap_read -> mmap_write = true }
#ifndef FAULT_COPY_BEFORE_GRACE_PERIOD
		pte[spare].page[0] = pte[table].page[0];
		pte[spare].page[1] = pte[table].page[1];
#endif
		cmpxchg_pmd(table | LOOKS, spare | STALE, done);
		if
		:: !done ->
			mmap_write = false;
			release(spare);
			asked = true
		:: else ->
			tlbi_table_and_walks();
			cmpxchg_pmd(spare | STALE, spare, done);
			mmap_write = false;
#ifndef FAULT_FREE_EARLY
			synchronize_rcu();
#endif
			spare = 0;
			release(table)
		fi;
		d_step {
			table = 0;
			done = false
		}
	:: !owners && !asked -> break
	od;
	assert(!(pmd & (LOOKS | STALE)) && used[1] + used[2] + used[3] == 1)
}

/* One that sleeps under init_mm's lock (ptdump, trans_pgd), or one that looks only. */
proctype reader()
{
	byte table;
	bool sleeps;

	if
#ifdef FAULT_SLEEPS_WITHOUT_LOCK
	:: sleeps = true
#else
	:: d_step { !mmap_write -> mmap_read = true; sleeps = true }
#endif
	:: reading[2] = true
	fi;
	table = pmd & TABLE;
	assert(used[table]);
	assert(used[table]);
	table = 0;
	if
	:: sleeps -> mmap_read = false
	:: else -> rcu_read_unlock(2)
	fi
}

init
{
	atomic {
		used[1] = true;
		owners = 2;
		run owner(0, 1);
		run owner(1, 1);
		run collapser();
		run reader();
		run hardware()
	}
}
