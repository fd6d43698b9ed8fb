/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPIN model: two owners split a contiguous group at the same time.
 *
 *	spin -run split_group.pml
 *	spin -run -DFAULT_NAME split_group.pml	with a planted fault
 *
 * The group has two entries, each with an owner. An owner may change its entry only when
 * no entry has CONT any more. An entry with CONT lets a TLB cache its permission for the
 * whole group:
 *
 *	CPU0 (owner of entry 0)		CPU1 (hardware)
 *	-----------------------		-------------------------------
 *	clear CONT in entry 0
 *	make entry 0 read-only
 *	TLBI of entry 0
 *					read entry 1: writable, CONT
 *					cache that for entry 0, too
 *	clear CONT in entry 1: too late
 *
 * Both owners clear CONT in all entries with cmpxchg(): a plain store could undo a change
 * of the other owner.
 *
 * collapse.pml explains TLBs and memory order.
 */
#define DEFAULT	0
#define RO	1
#define PERM	1
#define CONT	2
#define BIT(perm) (1 << (perm))

byte entry[2] = CONT;	/* | DEFAULT */
byte tlb[2], tlb_group;

/* After a change and its TLBI, the TLBs must only have the wanted permission. */
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
#ifdef FAULT_CHECKS_OWN_ENTRY
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
#ifdef FAULT_NO_CMPXCHG
			d_step {
				entry[i] = old & ~CONT;
				check()
			}
#else
			d_step {
				if
				:: entry[i] == old -> entry[i] = old & ~CONT
				:: else -> i = 2	/* start again */
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
