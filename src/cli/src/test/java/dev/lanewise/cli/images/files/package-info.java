/** Tests of pictures in files. */
@NullMarked
package dev.lanewise.cli.images.files;

import org.jspecify.annotations.NullMarked;
