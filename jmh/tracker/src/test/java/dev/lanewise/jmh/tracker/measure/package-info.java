/** Reading what JMH prints and writes. */
@NullMarked
package dev.lanewise.jmh.tracker.measure;

import org.jspecify.annotations.NullMarked;
