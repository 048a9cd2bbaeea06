/** Pairs of forks, round by round, and the verdicts. */
@NullMarked
package dev.lanewise.jmh.tracker.compare;

import org.jspecify.annotations.NullMarked;
