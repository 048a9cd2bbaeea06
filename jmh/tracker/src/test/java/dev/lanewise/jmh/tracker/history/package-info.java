/** What damage a history survives. */
@NullMarked
package dev.lanewise.jmh.tracker.history;

import org.jspecify.annotations.NullMarked;
