/** What a training leaves and tells: its folder, its words on the terminal, its page. */
@NullMarked
package dev.lanewise.cli.output;

import org.jspecify.annotations.NullMarked;
