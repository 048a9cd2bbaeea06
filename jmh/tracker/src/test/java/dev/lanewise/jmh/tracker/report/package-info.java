/** Pages and drawings. */
@NullMarked
package dev.lanewise.jmh.tracker.report;

import org.jspecify.annotations.NullMarked;
