/** Starts forks of JMH jars and reads what they measured, and what the machine gave meanwhile. */
@NullMarked
package dev.lanewise.jmh.tracker.measure;

import org.jspecify.annotations.NullMarked;
