import type { Relation } from '../../schemas/rules.ts';

/** What people say, as one of the programme's words; undefined: no relation of those that it knows. Pure. */
export const relationOf = (said: string): Relation | undefined => WORDS[said.trim().toLowerCase()];

const WORDS: Readonly<Record<string, Relation>> = Object.fromEntries(
  (
    [
      ['self', '本人 自己 self'],
      ['spouse', 'spouse wife husband partner 配偶 妻子 丈夫 老伴'],
      ['parent', 'parent mother father mum mom dad 父母 母亲 父亲 妈妈 爸爸'],
      ['child', 'child son daughter 子女 儿子 女儿'],
      [
        'parent_in_law',
        'parent_in_law parent-in-law mother-in-law father-in-law 岳父 岳母 公公 婆婆 配偶父母',
      ],
      [
        'grandparent',
        'grandparent grandmother grandfather grandma grandpa 祖父母 祖父 祖母 外祖父 外祖母 爷爷 奶奶 外公 外婆',
      ],
      ['grandchild', 'grandchild grandson granddaughter 孙子女 孙子 孙女 外孙 外孙女'],
      ['sibling', 'sibling brother sister 兄弟姐妹 哥哥 弟弟 姐姐 妹妹'],
    ] as const
  ).flatMap(([relation, words]) => words.split(' ').map((word) => [word, relation])),
);
