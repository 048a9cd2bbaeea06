/** One self-contained HTML file. */
@NullMarked
package dev.lanewise.jmh.tracker.report;

import org.jspecify.annotations.NullMarked;
