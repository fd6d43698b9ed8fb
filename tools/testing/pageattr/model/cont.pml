/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A contiguous group is taken apart beside others who do the same.
 *
 *	spin -run -DNAME cont.pml	one of the faults below, or none
 *
 * A group of two entries, each with an owner, who changes it and gives it back. Before
 * that nobody may say CONT any more: one entry that still does can bring the permission
 * that it has into TLBs, for all of the group.
 *
 * TLBs are sets over all CPUs, as in collapse.pml, whose remarks on memory order hold
 * here too.
 */
#define DEFAULT	0
#define RO	1
#define PERM	1
#define CONT	2
#define BIT(perm) (1 << (perm))

byte entry[2] = CONT;	/* | DEFAULT */
byte tlb[2], tlb_group;

/* What an owner relies on, once its change and invalidation are complete. */
bool settled[2];
bit wanted[2];

#define stale(i) \
	(settled[i] && ((tlb[i] | tlb_group) & BIT(!wanted[i])))
#define lost(i) \
	(settled[i] && wanted[i] != (entry[i] & PERM))
#define check() \
	assert(!stale(0) && !stale(1) && !lost(0) && !lost(1))

#define walk(i) \
	:: d_step { (entry[i] & CONT) && !(tlb_group & BIT(entry[i] & PERM)) -> \
		tlb_group = tlb_group | BIT(entry[i] & PERM); check() } \
	:: d_step { !(entry[i] & CONT) && !(tlb[i] & BIT(entry[i] & PERM)) -> \
		tlb[i] = tlb[i] | BIT(entry[i] & PERM); check() }

active proctype hardware()
{
end:	do
	walk(0)
	walk(1)
	od
}

active [2] proctype owner()
{
	byte me = _pid - 1, i, old;
	bit perm = RO;

again:
#ifdef FAULT_ASKS_OWN_ENTRY
	if
	:: !(entry[me] & CONT) -> goto store
	:: else
	fi;
#endif
	i = 0;
	do
	:: i == 2 -> break
#ifdef FAULT_CLEARS_OWN_ENTRY
	:: i != me && i < 2 -> i++
#endif
	:: i < 2 ->
		old = entry[i];
		if
		:: old & CONT ->
#ifdef FAULT_NO_COMPARE
			d_step {
				entry[i] = old & ~CONT;
				check()
			}
#else
			d_step {
				if
				:: entry[i] == old -> entry[i] = old & ~CONT
				:: else -> i = 2	/* look at all again */
				fi
			}
			if
			:: i == 2 -> goto again
			:: else
			fi
#endif
		:: else
		fi;
		old = 0;
		i++
	od;
store:	skip;
	d_step {
		assert(!(entry[0] & CONT) && !(entry[1] & CONT));
		settled[me] = false;
		entry[me] = perm;
		i = 0
	}
#ifndef FAULT_NO_FLUSH
	d_step {
		tlb[me] = 0;
		tlb_group = 0
	}
#endif
	d_step {
		settled[me] = true;
		wanted[me] = perm;
		check()
	}
	if
	:: d_step { perm == RO -> perm = DEFAULT } goto again
	:: perm == DEFAULT
	fi
}
