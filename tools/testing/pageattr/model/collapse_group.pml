/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPIN model: the collapse worker restores a contiguous group of PTEs. It copies the table
 * and links the copy, beside lockless changes, readers that sleep, and the hardware.
 *
 *	spin -run collapse_group.pml
 *	spin -run -DFAULT_NAME collapse_group.pml	with a planted fault
 *
 * One PMD entry has a table of two PTEs, each with an owner. A collapse copies the two
 * PTEs whatever they are: other PTEs of the table, not modelled, form the group.
 *
 * The entry has two marks. COLLAPSING: the worker is about to copy. A change of a PTE
 * clears the mark first, so that the copy is not linked without the change:
 *
 *	CPU0 (owner)			CPU1 (collapse worker)
 *	------------			----------------------
 *					set COLLAPSING
 *	rcu_read_lock()
 *	clear COLLAPSING
 *	store the PTE			synchronize_rcu()
 *	rcu_read_unlock()
 *					copy the PTEs
 *					cmpxchg() fails: free the copy
 *
 * PENDING: walk caches may still have the replaced table. A change invalidates the range
 * at all levels, then clears the mark.
 *
 * collapse.pml explains TLBs, walk caches and memory order.
 */
#define TABLES	3

#define TABLE	3
#define COLLAPSING 4
#define PENDING	8

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

/* After a change and its TLBI, the TLBs must only have the wanted permission. */
bool settled[2];
bit wanted[2];

bool reading[3], awaited[3];
bool sem_read, sem_write;
bool requested;	/* a collapse */
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

/* TLBI of the whole range at all levels. */
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

/* @rounds times: make the page read-only, then default again. */
proctype owner(byte me, rounds)
{
	byte old, round;
	bit perm = RO;
	bool done;

	do
	:: round == 2 * rounds -> break
	:: else ->
		reading[me] = true;
read_entry:
		old = pmd;
		if
		:: old & (COLLAPSING | PENDING) ->
#ifndef FAULT_CHANGE_WITHOUT_FLUSH
			if
			:: old & PENDING -> tlbi_table_and_walks()
			:: else
			fi;
#endif
#ifdef FAULT_MARK_STAYS
			if
			:: !(old & PENDING) -> goto store
			:: else
			fi;
#endif
			cmpxchg_pmd(old, old & TABLE, done);
			goto read_entry
		:: else
		fi;
#ifdef FAULT_MARK_STAYS
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
		:: perm == DEFAULT -> requested = true
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
	:: requested ->
		requested = false;
		d_step { !sem_read -> sem_write = true }
		d_step {
			spare = (!used[1] -> 1 : (!used[2] -> 2 : 3));
			assert(!used[spare]);
			used[spare] = true
		}
		table = pmd;
		cmpxchg_pmd(table, table | COLLAPSING, done);
		assert(done);
#ifdef FAULT_COPY_BEFORE_GRACE_PERIOD
		pte[spare].page[0] = pte[table].page[0];
		pte[spare].page[1] = pte[table].page[1];
#endif
		synchronize_rcu();
#ifndef FAULT_COPY_BEFORE_GRACE_PERIOD
		pte[spare].page[0] = pte[table].page[0];
		pte[spare].page[1] = pte[table].page[1];
#endif
		cmpxchg_pmd(table | COLLAPSING, spare | PENDING, done);
		if
		:: !done ->
			release(spare);
			requested = true
		:: else ->
			tlbi_table_and_walks();
			cmpxchg_pmd(spare | PENDING, spare, done);
#ifndef FAULT_FREE_EARLY
			synchronize_rcu();
#endif
			spare = 0;
			release(table)
		fi;
		d_step {
			sem_write = false;
			table = 0;
			done = false
		}
	:: !owners && !requested -> break
	od;
	assert(!(pmd & (COLLAPSING | PENDING)) && used[1] + used[2] + used[3] == 1)
}

/* Holds kernel_tables_rwsem and may sleep (ptdump, kexec), or holds the RCU lock. */
proctype reader()
{
	byte table;
	bool sleeps;

	if
#ifdef FAULT_SLEEPS_WITHOUT_LOCK
	:: sleeps = true
#else
	:: d_step { !sem_write -> sem_read = true; sleeps = true }
#endif
	:: reading[2] = true
	fi;
	table = pmd & TABLE;
	assert(used[table]);
	assert(used[table]);
	table = 0;
	if
	:: sleeps -> sem_read = false
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
