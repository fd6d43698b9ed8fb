/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another CPU: it acts once, at one of the moments at which that can make a difference,
 * see log_hook. A sweep over all of them goes on until there is none of that number.
 */
#ifndef OTHERS_H
#define OTHERS_H

void others_act(void (*act)(void), unsigned int at);

/* No more. Whether they have acted. */
bool others_done(void);

/*
 * Run @change until it is at its moment @at, then @collapse until it waits for
 * @change's read section, or is done; then the rest of @change, and of @collapse.
 * Returns whether @change had that moment.
 */
bool others_between(void (*change)(void), unsigned int at, void (*collapse)(void));

#endif /* OTHERS_H */
