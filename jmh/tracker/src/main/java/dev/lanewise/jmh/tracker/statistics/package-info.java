/** Forks, their ratio, its interval, and what may be said of it. */
@NullMarked
package dev.lanewise.jmh.tracker.statistics;

import org.jspecify.annotations.NullMarked;
