/** Measuring side by side, each stream of forks on processors of its own. */
@NullMarked
package dev.lanewise.jmh.tracker.lane;

import org.jspecify.annotations.NullMarked;
