/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPIN model: the collapse worker replaces a table of the linear map by a block, beside
 * lockless changes, readers that sleep, and the hardware.
 *
 *	spin -run collapse.pml
 *	spin -run -DFAULT_NAME collapse.pml	with a planted fault, which SPIN must find
 *
 * One PMD entry has a table of two PTEs. Each page has an owner, the only one to change
 * the page. Or one owner has both pages and may change the block in place.
 *
 * MARK in a table entry is TABLE_COLLAPSING: the worker is checking the table. A change
 * clears the mark, and the worker's cmpxchg() fails:
 *
 *	CPU0 (owner)			CPU1 (collapse worker)
 *	------------			----------------------
 *					set MARK in the table entry
 *	rcu_read_lock()
 *	read the table entry
 *					synchronize_rcu()
 *	clear MARK
 *	store the PTE
 *	rcu_read_unlock()
 *					check the PTEs again
 *					cmpxchg(table | MARK, block) fails: give up
 *
 * MARK in a block is TLBI_PENDING: TLBs and walk caches may still have entries of the
 * replaced table. The owner's TLBI does not remove these: it is last-level only, of the
 * size of the leaf. So a split or a change of such a block first invalidates all of it:
 *
 *	CPU0 (owner)			CPU1 (collapse worker)	CPU2 (hardware)
 *	------------			----------------------	---------------
 *								cache the entry
 *					table -> block | MARK
 *	change the block
 *	TLBI of a page
 *								fill the TLB from the
 *								cached entry: stale
 *					TLBI of the range
 *
 * TLBs and walk caches are sets over all CPUs. They may take a value of the tables at any
 * time and lose it only by a TLBI. A walk in progress is an entry of the walk cache: the
 * DSB after a TLBI waits for it.
 *
 * SPIN's memory is sequentially consistent. In the kernel, order comes from:
 *	- a table is filled, then linked: cmpxchg();
 *	- MARK is set, then the PTEs are checked: synchronize_rcu();
 *	- an entry is stored, then invalidated: dsb(ishst), TLBI, dsb(ish);
 *	- a table entry is read, then the table: address dependency.
 */
#define TABLES	3	/* few, so that a freed table is soon used again */

/* The PMD entry: the table, or 0 for a block; the mark; of a block: read-only. */
#define TABLE	3
#define MARK	4
#define BLOCK_RO 8

/* Permissions of a page. TLBs are bit masks of permissions. */
#define DEFAULT	0
#define RO	1
#define BIT(perm) (1 << (perm))

#define is_leaf(v)	(!((v) & TABLE))
#define block_perm(v)	((v) >> 3)

typedef entries {
	bit page[2];
};

byte pmd;
entries pte[TABLES + 1];	/* [0] is none */
bool used[TABLES + 1];

/* The hardware */
bool walk_cache[TABLES + 1];
byte tlb[2], tlb_block;

/* After a change and its TLBI, the TLBs must only have the wanted permission. */
bool settled[2];
bit wanted[2];

/* Owners and reader in RCU read-side critical sections; kernel_tables_rwsem. */
bool reading[3], awaited[3];
bool sem_read, sem_write;
bool requested;	/* a collapse */
byte owners;

#define stale(i) \
	(settled[i] && ((tlb[i] | tlb_block) & BIT(!wanted[i])))
#define lost(i) \
	(settled[i] && wanted[i] != (is_leaf(pmd) -> block_perm(pmd) : \
				     pte[pmd & TABLE].page[i]))
#define changes(i)	(pages & (1 << (i)))
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

inline allocate(t)
{
	d_step {
		!used[1] || !used[2] || !used[3];
		t = (!used[1] -> 1 : (!used[2] -> 2 : 3));
		used[t] = true
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

inline rcu_read_lock(me)
{
	reading[me] = true
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

/* TLBI by address: the last-level entry of this address. */
inline tlbi_page(i)
{
	d_step {
		tlb[i] = 0;
		tlb_block = 0
	}
}

/* TLBI of the whole range at all levels. */
inline tlbi_block_and_walks()
{
	d_step {
		tlb[0] = 0;
		tlb[1] = 0;
		tlb_block = 0;
#ifndef FAULT_NO_WALK_CACHE_FLUSH
		walk_cache[1] = false;
		walk_cache[2] = false;
		walk_cache[3] = false
#endif
	}
}

inline flush_if_pending(old)
{
	if
	:: old & MARK -> tlbi_block_and_walks()
	:: else
	fi
}

#define walk(t, i) \
	:: d_step { walk_cache[t] && !(tlb[i] & BIT(pte[t].page[i])) -> \
		tlb[i] = tlb[i] | BIT(pte[t].page[i]); check() }

proctype hardware()
{
end:	do
	:: d_step { !is_leaf(pmd) && !walk_cache[pmd & TABLE] ->
		walk_cache[pmd & TABLE] = true }
	:: d_step { is_leaf(pmd) && !(tlb_block & BIT(block_perm(pmd))) ->
		tlb_block = tlb_block | BIT(block_perm(pmd)); check() }
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

/* @rounds times: make the pages read-only, then default again. @whole: owns both pages. */
proctype owner(byte me, rounds; bool whole)
{
	byte old, table, spare, round;
	bit perm = RO;
	byte pages = 1 << me;
	bool done;

	do
	:: round == 2 * rounds -> break
	:: else ->
		if
		:: whole && perm == RO -> pages = 3
		:: !whole || perm == DEFAULT
		:: whole && perm == RO -> pages = 1
		fi;
again:
		rcu_read_lock(me);
read_entry:
		old = pmd;
		if
		:: is_leaf(old) && pages == 3 ->
#ifndef FAULT_CHANGE_WITHOUT_FLUSH
			flush_if_pending(old);
#endif
			d_step {
				assert(is_leaf(pmd) && block_perm(pmd) == !perm);
				settled[0] = false;
				settled[1] = false;
				pmd = perm << 3
			}
			old = 0;
			rcu_read_unlock(me);
			tlbi_page(0);
			goto complete
		:: is_leaf(old) && pages != 3 ->
			/* A table with a page that is not default does not collapse. */
			assert(perm == RO);
			if
			:: !spare ->
				rcu_read_unlock(me);
				allocate(spare);
				goto again
			:: else
			fi;
#ifndef FAULT_SPLIT_WITHOUT_FLUSH
			flush_if_pending(old);
#endif
			cmpxchg_pmd(old, spare, done);
			if
			:: done -> table = spare; spare = 0
			:: else -> goto read_entry
			fi
		:: !is_leaf(old) && (old & MARK) ->
			table = old & TABLE;
#ifndef FAULT_MARK_STAYS
			cmpxchg_pmd(old, table, done);
			if
			:: done
			:: else -> goto read_entry
			fi
#endif
		:: else -> table = old
		fi;
		old = 0;
#ifdef FAULT_RCU_UNLOCK_EARLY
		rcu_read_unlock(me);
#endif
		if
		:: true ->
			d_step {
				assert((pmd & TABLE) == table && used[table]);
				if
				:: changes(0) ->
					settled[0] = false;
					pte[table].page[0] = perm
				:: else
				fi
			}
			d_step {
				if
				:: changes(1) ->
					settled[1] = false;
					pte[table].page[1] = perm
				:: else
				fi
			}
		:: perm == RO ->
			/* The check pass refuses another part of the range. */
			round++;
			perm = DEFAULT
		fi;
		table = 0;
#ifndef FAULT_RCU_UNLOCK_EARLY
		rcu_read_unlock(me);
#endif
		if
		:: changes(0) -> tlbi_page(0)
		:: else
		fi;
		if
		:: changes(1) -> tlbi_page(1)
		:: else
		fi;
complete:	skip;
		d_step {
			if
			:: changes(0) -> settled[0] = true; wanted[0] = perm
			:: else
			fi;
			if
			:: changes(1) -> settled[1] = true; wanted[1] = perm
			:: else
			fi;
			check()
		}
		if
		:: spare -> release(spare)
		:: else
		fi;
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
	byte table;
	bool done;

	do
	:: requested ->
		requested = false;
#ifndef FAULT_NO_SEMAPHORE
		d_step { !sem_read -> sem_write = true }
#endif
		table = pmd;
		if
		:: is_leaf(table) -> goto next
		:: else
		fi;
		if
		:: pte[table].page[0] != DEFAULT -> goto next
		:: else
		fi;
		if
		:: pte[table].page[1] != DEFAULT -> goto next
		:: else
		fi;
		cmpxchg_pmd(table, table | MARK, done);
		assert(done);
#ifndef FAULT_NO_GRACE_PERIOD
		synchronize_rcu();
#endif
#ifndef FAULT_NO_RECHECK
		if
		:: pte[table].page[0] != DEFAULT -> goto cancel
		:: else
		fi;
		if
		:: pte[table].page[1] != DEFAULT ->
cancel:
			cmpxchg_pmd(table | MARK, table, done);
			goto next
		:: else
		fi;
#endif
		cmpxchg_pmd(table | MARK, MARK, done);
		if
		:: done
		:: else -> goto next
		fi;
		tlbi_block_and_walks();
		cmpxchg_pmd(MARK, 0, done);
#ifndef FAULT_FREE_EARLY
		synchronize_rcu();
#endif
		release(table);
next:		skip;
		d_step {
			sem_write = false;
			table = 0;
			done = false
		}
	:: !owners && !requested -> break
	od;
	/* Both pages are default: the table has collapsed and all tables are free. */
	assert(pmd == 0 && !used[1] && !used[2] && !used[3])
}

/* Holds kernel_tables_rwsem and may sleep (ptdump, kexec), or holds the RCU lock. */
proctype reader()
{
	byte table;
	bool sleeps;

	if
	:: d_step { !sem_write -> sem_read = true; sleeps = true }
	:: rcu_read_lock(2)
	fi;
	table = pmd & TABLE;
	if
	:: table ->
		assert(used[table]);
		assert(used[table]);
		table = 0
	:: else
	fi;
	if
	:: sleeps -> sem_read = false
	:: else -> rcu_read_unlock(2)
	fi
}

init
{
	atomic {
		if
		:: true -> owners = 2; run owner(0, 1, false); run owner(1, 1, false)
		:: true -> owners = 1; run owner(0, 2, true)
		fi;
		run collapser();
		run reader();
		run hardware()
	}
}
