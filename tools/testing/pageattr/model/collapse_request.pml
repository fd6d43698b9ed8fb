/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPIN model: requests of a collapse and the worker that takes them.
 *
 *	spin -run collapse_request.pml
 *	spin -run -DFAULT_NAME collapse_request.pml	with a planted fault
 *
 * Two CPUs restore an entry each and request a collapse of the same chunk. A CPU that finds
 * its chunk in newest_request takes no lock: the worker has still to read the tables. No
 * request may be lost:
 *
 *	CPU0 (collapse_request)		CPU1 (collapse_work)
 *	-----------------------		-----------------------
 *	restore the entry		erase the request
 *					newest_request = none
 *	smp_mb()			smp_mb()
 *	read newest_request		read the entries
 *
 * Either CPU0 sees no request and makes one, or CPU1 sees the entry.
 *
 * A store waits in a buffer until memory() takes it. Later loads of the same CPU can come
 * first, as in Arm's memory model. smp_mb() waits for the buffer, an unlock comes last.
 */
#define NONE	0
#define CHUNK	1

bit lock, requested;	/* requested: the chunk is in the XArray */
bit newest_request;
bit entry[2];		/* 1: has the default attributes */
bit collapsed;

/* Stores that other CPUs do not see yet. */
bit buffered_entry[2], buffered_newest, buffered_unlock;
byte done;

active proctype memory()
{
end:	do
	:: d_step { buffered_entry[0] -> entry[0] = 1; buffered_entry[0] = 0 }
	:: d_step { buffered_entry[1] -> entry[1] = 1; buffered_entry[1] = 0 }
	:: d_step { buffered_newest -> newest_request = NONE; buffered_newest = 0 }
	:: d_step { buffered_unlock && !buffered_newest -> lock = 0; buffered_unlock = 0 }
	od
}

active [2] proctype change()
{
	byte me = _pid - 1;

	buffered_entry[me] = 1;
#ifndef FAULT_NO_BARRIER_BEFORE_READ
	!buffered_entry[me];
#endif
	if
	:: newest_request == CHUNK
	:: newest_request != CHUNK ->
		d_step { !lock -> lock = 1 }
		requested = 1;
		newest_request = CHUNK;
		d_step { !buffered_entry[me] -> lock = 0 }
	fi;
	d_step { !buffered_entry[me] -> done++ }
}

active proctype worker()
{
	bit first;

end:	do
	:: requested ->
		d_step { !lock -> lock = 1 }
		requested = 0;
#ifndef FAULT_NO_RESET
		buffered_newest = 1;
#endif
		buffered_unlock = 1;
#ifndef FAULT_NO_BARRIER_AFTER_RESET
		!buffered_newest && !buffered_unlock;
#endif
		first = entry[0];
		collapsed = collapsed | (first & entry[1])
	:: done == 2 && !requested ->
		assert(collapsed);
		break
	od
}
