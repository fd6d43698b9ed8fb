/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collapse of a table of the linear map into a block, beside changes of its
 * entries that take no lock, readers that sleep, and the hardware.
 *
 *	spin -run -DNAME collapse.pml	one of the faults below, or none
 *
 * One PMD entry and its table of two pages. An owner is the only one to change its
 * page; or one owner has both, and may change the block in place.
 *
 * The mark on a table says that a collapse looks at it: who is to change an entry below
 * removes the mark, and the collapse gives up. The mark on a block says that its former
 * table, or entries of it, may still be in TLBs and walk caches. The invalidation of an
 * owner would leave them there: it is for the last level, and has the size of the leaf.
 * So who is to split or to change such a block invalidates all of it first.
 *
 * TLBs and walk caches are sets over all CPUs: they may take at any time what the
 * tables say, and lose it in an invalidation only. A walk under way is an entry of the
 * walk cache, since the end of an invalidation waits for it.
 *
 * SPIN's memory is sequentially consistent. What stands for that in the kernel:
 *	- a full table is seen before the entry that leads to it: cmpxchg() orders it;
 *	- the mark, then the entries: synchronize_rcu();
 *	- an entry, then its invalidation, then the rest: dsb(ishst), tlbi, dsb(ish);
 *	- the entry read, then what it leads to: address dependency.
 */
#define TABLES	3	/* few, so that one comes back soon after it was freed */

/* The PMD entry: 0 for a block, or the table; the mark; read-only (blocks). */
#define TABLE	3
#define MARK	4
#define BLOCK_RO 8

/* Permissions, and a bit for each in what TLBs hold. */
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

/* What an owner relies on, once its change and invalidation are complete. */
bool settled[2];
bit wanted[2];

/* Software: owners and a reader in RCU read sections, init_mm's lock, the worker. */
bool reading[3], awaited[3];
bool mmap_read, mmap_write;
bool asked;
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

/* An invalidation by address removes what translates this address, last level only. */
inline tlbi_page(i)
{
	d_step {
		tlb[i] = 0;
		tlb_block = 0
	}
}

/* Every page of the block, and the walk caches. */
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

inline flush_if_marked(old)
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

/* Changes and gives back, so many times. */
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
look:
		old = pmd;
		if
		:: is_leaf(old) && pages == 3 ->
#ifndef FAULT_CHANGE_WITHOUT_FLUSH
			flush_if_marked(old);
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
			/* What was changed is not default, and keeps its table. */
			assert(perm == RO);
			if
			:: !spare ->
				rcu_read_unlock(me);
				allocate(spare);
				goto again
			:: else
			fi;
#ifndef FAULT_SPLIT_WITHOUT_FLUSH
			flush_if_marked(old);
#endif
			cmpxchg_pmd(old, spare, done);
			if
			:: done -> table = spare; spare = 0
			:: else -> goto look
			fi
		:: !is_leaf(old) && (old & MARK) ->
			table = old & TABLE;
#ifndef FAULT_MARK_STAYS
			cmpxchg_pmd(old, table, done);
			if
			:: done
			:: else -> goto look
			fi
#endif
		:: else -> table = old
		fi;
		old = 0;
#ifdef FAULT_SECTION_ENDS_EARLY
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
			/* Refused for what the call met elsewhere; a split stays. */
			round++;
			perm = DEFAULT
		fi;
		table = 0;
#ifndef FAULT_SECTION_ENDS_EARLY
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
	byte table;
	bool done;

	do
	:: asked ->
		asked = false;
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
#ifndef FAULT_FREE_BESIDE_SLEEPER
		d_step { !mmap_read -> mmap_write = true }
		mmap_write = false;
#endif
		release(table);
next:		skip;
		d_step {
			table = 0;
			done = false
		}
	:: !owners && !asked -> break
	od;
	/* All is default: it must be a block again, and all tables free. */
	assert(pmd == 0 && !used[1] && !used[2] && !used[3])
}

/* One that sleeps under init_mm's lock (ptdump, trans_pgd), or one that looks only. */
proctype reader()
{
	byte table;
	bool sleeps;

	if
	:: d_step { !mmap_write -> mmap_read = true; sleeps = true }
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
	:: sleeps -> mmap_read = false
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
