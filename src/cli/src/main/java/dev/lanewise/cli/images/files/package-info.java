/** Pictures in files, made to images of one size. */
@NullMarked
package dev.lanewise.cli.images.files;

import org.jspecify.annotations.NullMarked;
