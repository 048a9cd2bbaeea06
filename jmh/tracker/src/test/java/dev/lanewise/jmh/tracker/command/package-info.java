/** The command line, driving the benchmarks of a small foreign project. */
@NullMarked
package dev.lanewise.jmh.tracker.command;

import org.jspecify.annotations.NullMarked;
