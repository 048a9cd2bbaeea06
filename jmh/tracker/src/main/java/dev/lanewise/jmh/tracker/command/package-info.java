/** The command line. */
@NullMarked
package dev.lanewise.jmh.tracker.command;

import org.jspecify.annotations.NullMarked;
