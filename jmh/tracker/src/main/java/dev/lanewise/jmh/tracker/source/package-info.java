/** Turns jars, folders and git revisions into benchmarks that can be run. */
@NullMarked
package dev.lanewise.jmh.tracker.source;

import org.jspecify.annotations.NullMarked;
