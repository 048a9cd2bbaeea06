/** Flame graphs, and what two revisions differ by. */
@NullMarked
package dev.lanewise.jmh.tracker.profile;

import org.jspecify.annotations.NullMarked;
