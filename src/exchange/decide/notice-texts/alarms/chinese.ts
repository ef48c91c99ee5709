// What the operator hears, in simplified Chinese: by mail, and by SMS where no mail can leave.

import { type AlarmWords, paragraphs } from '../words.ts'

export const chineseAlarms: AlarmWords = {
  mails: {
    'sign-in-refused': paragraphs(
      '邮件服务器不再允许本机登录，邮件与短信暂时无法互通：{detail}',
      '请重新登录，或把新密码写入密码文件。在此期间收到的内容会等待，不会丢失。本机会自动重试：simpost status',
    ),
    'sign-in-ending': paragraphs(
      '本机在邮件提供方的登录即将到期，或未能续期：{detail}',
      '请在此之前重新登录：simpost login。在此之前邮件与短信照常往来。',
    ),
    'mailbox-out-of-reach': paragraphs(
      '本机已有半小时无法连接邮箱，邮件暂时不能转为短信：{detail}',
      '多数情况下是网络或邮件服务器中断，会自行恢复；本机会继续尝试，邮件不会丢失。若持续不好：simpost status',
    ),
    'mail-not-taken': paragraphs(
      '邮件服务器不接收本机的邮件，短信暂时无法转为邮件：{detail}',
      '请询问邮箱提供方：多数情况下是每日发信数量有限，或本机不得使用该发件地址。等待中的邮件会自动发出：simpost status',
    ),
    'mail-undelivered': paragraphs(
      '本机用来转交消息的一封邮件没有送达（{detail}）。',
      '消息没有丢失。短信可以在本机上查看，地址改正后可以再次发送：simpost message list、simpost message show N、simpost message retry N。转发的邮件在本机邮箱中已处理的邮件里。',
    ),
    'disk-nearly-full': paragraphs(
      '本机磁盘即将写满：{detail}',
      '请在写满之前清出空间：写满后本机不再接收内容，短信留在 SIM 卡上，邮件留在邮箱里。查看占用：sudo du -xh / | sort -h | tail',
    ),
    'database-out-of-use': paragraphs(
      '本机无法使用数据库，暂不转发任何内容：{detail}',
      '内容不会丢失：在修复之前，短信留在 SIM 卡上，邮件留在邮箱里。处理办法：sudo simpost check',
    ),
    'alarm-over': paragraphs('此前通知您的问题已经结束：{detail}', '等待中的内容会自动继续，无需任何操作。'),
  },
  sms: {
    'sign-in-refused': 'Simpost：邮件服务器拒绝登录，邮件无法收发。请查看：simpost status。{detail}',
    'sign-in-ending': 'Simpost：邮箱登录即将到期，请运行 simpost login。{detail}',
    'mailbox-out-of-reach': 'Simpost：无法连接邮箱，邮件不能转为短信。请查看：simpost status。{detail}',
    'mail-not-taken': 'Simpost：邮件服务器不接收本机的邮件。请查看：simpost status。{detail}',
    'mail-undelivered': 'Simpost：发给您的邮件被退回，短信可能无人阅读。请查看：simpost status。{detail}',
    'disk-nearly-full': 'Simpost：磁盘即将写满。请查看：simpost check。{detail}',
    'database-out-of-use': 'Simpost：数据库无法使用，暂停转发。请查看：simpost check。{detail}',
    'alarm-over': 'Simpost：已恢复。{detail}',
  },
}
