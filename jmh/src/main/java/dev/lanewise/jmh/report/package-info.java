/** Turns committed JMH results into the tables of RESULTS.md: no number there is typed by hand. */
@NullMarked
package dev.lanewise.jmh.report;

import org.jspecify.annotations.NullMarked;
