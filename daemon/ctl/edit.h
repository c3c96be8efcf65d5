/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Setting one option in the text of a configuration and leaving all else as its author wrote it: comments, order, other
 * options. libconfig can write a configuration, but not keep what people said around it.
 */
#ifndef TRYGG_CTL_EDIT_H
#define TRYGG_CTL_EDIT_H

/*
 * Sets the option at `path` ("rules.mode", "groups.primary.networks") to `value`, in the configuration's own syntax. What
 * has a value gets the new one in its place; what is absent is put first into its group, and absent groups are made.
 * *text is freed and replaced. 0, -EBADMSG when the text cannot be followed (nothing is changed then), or -ENOMEM.
 */
int edit_set(char **text, const char *path, const char *value);
/* The same for a text between quotes: what has to be escaped is. */
int edit_set_text(char **text, const char *path, const char *value);

#endif
