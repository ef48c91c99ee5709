// The notices in simplified Chinese. The short ones are UCS-2 anyway: 70 characters in all.

import { chineseAlarms } from './alarms/chinese.ts'
import { asWritten, fieldForms, paragraphs, smsForms, subjectForms, type Words } from './words.ts'

const nameThePhone = '请另写一封新邮件，在主题开头写明手机号码：[sms +4917012345678] …'

const notRead = (why: string, cure: string): string => paragraphs(`您的邮件没有作为短信发送：${why}`, cure)

const mails: Words['mails'] = {
  'tag-malformed': paragraphs(
    '您的邮件没有作为短信发送：其中的发送标记无法识别（{detail}）。',
    `主题开头可以这样写：\n${subjectForms('m 分钟、h 小时、d 天、w 周，最长四周', '不作为短信发送')}`,
    `程序也可以改用邮件头字段：\n${fieldForms}`,
  ),
  'no-receiving-address': paragraphs(
    '您的邮件没有作为短信发送：收件地址没有对应的手机（{detail}）。',
    '请在主题开头写明手机号码，即 [sms +4917012345678] …，或请短信网关的管理员把该地址与手机绑定。',
  ),
  'token-unknown': paragraphs(
    '您的邮件没有作为短信发送：您回复的地址无效或已经失效（{detail}）。',
    nameThePhone,
  ),
  'conversation-expired': paragraphs(
    '您的回复没有作为短信发送：回复得太晚，这次对话已经结束（{detail}）。',
    nameThePhone,
  ),
  'answer-disagrees': paragraphs(
    '您的邮件没有作为短信发送：它指向两部不同的手机（{detail}），而短信不应发错人。',
    '请回复您要联系的那部手机发来的最后一封邮件，并且不要再写其他号码。',
  ),
  'cannot-answer': paragraphs(
    '您的回复没有发送：原短信来自名称或短号码（{detail}），这类发件人无法回复。',
    '请看看短信里有没有可以回复的电话号码或地址。',
  ),
  'number-own': paragraphs(
    '您的邮件没有作为短信发送：{detail} 是短信网关自己的号码。',
    '请在主题开头写明对方的手机号码：[sms +4917012345678] …',
  ),
  'number-denied': paragraphs(
    '您的邮件没有作为短信发送：短信网关不允许向这个号码发短信（{detail}）。',
    '请检查号码是否完整、是否以 + 和国家代码开头。如果号码无误，请联系短信网关的管理员放行。',
  ),
  'country-denied': paragraphs(
    '您的邮件没有作为短信发送：短信网关不向该号码所在的国家或地区发短信（{detail}）。',
    '请检查国家代码。如果无误，请联系短信网关的管理员放行（exchange.allowed_countries）。',
  ),
  'too-old': paragraphs(
    '您的邮件没有作为短信发送：它是两天以前写的（{detail}）。',
    '如果内容仍然有用，请作为新邮件重新发送。',
  ),
  'not-addressed': paragraphs(
    '您的邮件没有作为短信发送：邮件到了短信网关，但收件人里没有写它（{detail}）。',
    '请在“收件人”或“抄送”中写上短信网关的地址，或者该号码的地址。',
    '如果已经写在那里，说明您的邮件系统没有对该字段签名：请改为在主题开头写 [sms +4917012345678] …',
  ),
  encrypted: paragraphs(
    '您的邮件没有作为短信发送：邮件已加密，短信网关无法读取。',
    '请不加密再发一次。请注意，短信和明信片一样不保密。',
  ),
  packed: paragraphs(
    '您的邮件没有作为短信发送：Outlook 把正文打包成了名为 winmail.dat 的文件，短信网关无法读取。',
    '请改用 HTML 或纯文本格式再发一次。在 Outlook 中，可在“设置文本格式”里选择。',
  ),
  'charset-refused': notRead(
    '邮件使用 UTF-7 编码，这种编码会掩盖内容，短信网关不读取。',
    '请用 UTF-8 发送，任何邮件程序都支持。',
  ),
  'mail-too-large': notRead('邮件太大，而且开头没有文字。', '请不带大文件再发一次。'),
  'mail-too-slow': notRead('读取这封邮件所需的时间或内存超过了短信网关的限制。', '请用纯文本格式再发一次。'),
  'header-too-large': notRead('邮件头太大。', '请作为新邮件发送，不要回复或转发。'),
  'field-too-large': notRead('主题或收件人列表太长。', '请缩短主题，并减少收件人。'),
  'too-many-addresses': notRead('收件人超过 200 个。', '请减少收件人。'),
  'too-many-encoded-words': notRead('主题或发件人的名称太长。', '请缩短后再发一次。'),
  'parts-too-deep': notRead('邮件里嵌套了太多邮件，而且前面没有文字。', '请直接发送文字，不要转发邮件。'),
  'too-many-parts': notRead('邮件里的文件太多，而且前面没有文字。', '请减少文件后再发一次。'),
  'text-too-large': notRead('正文前面的格式内容太多。', '请用纯文本格式再发一次。'),
  'no-text': paragraphs('您的邮件没有作为短信发送：邮件里没有文字。', '请写上内容后再发一次。'),
  'too-long': paragraphs(
    '您的邮件没有作为短信发送：内容太长（{detail}）。',
    '请缩短后再发一次。一条短信可容纳 70 个汉字，或 160 个英文字母。',
  ),
  cut: paragraphs(
    '您的邮件对短信来说太长，结尾被截去（{detail}）。短信以“ ...”结束。',
    '如果结尾的内容重要，请另发一封邮件。',
  ),
  'address-not-allowed': paragraphs(
    '有一条短信没有转为邮件：发件人写的收件地址是短信网关不允许发往的地址（{detail}）。',
    '如要允许，请短信网关的管理员绑定该地址，或把它加入 trust.senders。短信原文：simpost message list --inbox',
  ),
  'sms-failed': paragraphs(
    '您的邮件无法作为短信送达（{detail}）。',
    '请检查号码是否正确，然后再发一次，或直接打电话。',
  ),
  'sms-delayed': paragraphs(
    '您的邮件作为短信尚未到达手机（{detail}）。系统仍在尝试。',
    '无需重发。如果最终失败，您会收到通知；如果不能等，请打电话。',
  ),
  'sms-delivered': paragraphs(
    '您的邮件已作为短信到达手机（{detail}）。',
    '无需任何操作。收到此通知，是因为设置了送达确认。',
  ),
  'sms-relayed': paragraphs(
    '您的邮件已作为短信交给网络，但网络没有说明是否送达（{detail}）。',
    '通常已经送达。如果内容重要，请向对方确认。',
  ),
  'delivery-report': paragraphs(
    '邮件服务器就本机的一封邮件发来通知，其内容只有人能读懂（{detail}）。那封邮件可能没有送达。',
    '请阅读该通知：它在本机的邮箱里。要知道涉及哪条短信：simpost message list',
  ),
  'sms-uncertain': paragraphs(
    '无法确定您的邮件是否已作为短信送达：网络没有给出明确的答复（{detail}）。',
    '为了不让对方收到两次，短信不会自动重发。请向对方确认，或者再发一次。',
  ),
  'pair-paused': paragraphs(
    '这两方之间的往来过多，或同样的内容反复出现，像是循环，因此短信网关已将其暂停（{detail}）。此后的消息会等待，不会丢失。',
    '多半是某个程序或转发规则在自动回复：请找到并停止它，然后由短信网关的管理员放行：simpost message list，simpost message release N',
  ),
  'budget-used-up': paragraphs(
    '有一条短信在等待，因为目前的额度已经用完（{detail}）。短信不会丢失：额度更新且足够时就会发出。',
    '如果不能等，短信网关的管理员可以立即放行（simpost message release N），或者在配置的 [budget] 一节提高上限。',
  ),
  'budget-warning': paragraphs(
    '短信额度已经用去五分之四（{detail}）。用完之后，短信会等到额度更新再发。',
    '如果还要多发，请在配置的 [budget] 一节提高上限。今天的用量：simpost status',
  ),
  'binding-made': paragraphs(
    '这个邮件地址和这部手机已临时绑定：{detail}',
    '到期之前，网关会在两者之间转换和传送消息；到期后自动解除。如需提前解除，请联系短信网关的管理员：simpost binding remove 地址 --temporary',
  ),
  'binding-taken': paragraphs(
    '您的消息照常处理，但邮件地址和手机没有临时绑定，因为其中之一已有临时绑定：{detail}',
    '请等它到期后再发一次标记，或请短信网关的管理员解除：simpost binding remove 地址',
  ),
  'balance-low': paragraphs(
    'SIM 卡余额不足：{detail}。',
    '请充值：余额用完后，短信网关无法再发短信。最近查到的余额：simpost status',
  ),
  'balance-unreadable': paragraphs(
    '网络连续三次没有以可识别的形式给出 SIM 卡余额。答复是：{detail}',
    '请与配置中的 balance.code 和 balance.pattern 对照。手动查询：simpost modem ussd CODE',
  ),
}

export const chinese: Words = {
  typeset: asWritten,
  subjects: {
    notSent: '未作为短信发送',
    notMail: '未作为邮件发送',
    cut: '短信有删节',
    delayed: '短信延迟',
    delivered: '短信已送达',
    relayed: '短信已交给网络',
    undelivered: '邮件未送达',
    uncertain: '可能未作为短信发送',
    waits: '短信等待中',
    budget: '短信额度',
    bound: '已临时绑定',
    notBound: '未绑定',
    credit: 'SIM 卡余额',
    attention: '请注意',
    over: '已恢复',
  },
  colon: '：',
  mails,
  tagInSms: paragraphs(
    '有一条短信没有转为邮件：其中的发送标记无法识别（{detail}）。',
    `短信开头可以这样写：\n${smsForms('m 分钟、h 小时、d 天、w 周，最长四周', '不转为邮件')}`,
    '需要按其中一种写法重新发送；那部手机没有收到通知。短信原文：simpost message list --inbox',
  ),
  otherwise: paragraphs(
    '您的消息没有转发（{detail}）。',
    '请联系短信网关的管理员，用这个命令可以查到：simpost message list',
  ),
  reasonLine: '（原因代码：{reason}）',
  question: {
    full: '这条短信发给谁？短信暂存，请回复 {names}',
    bare: '这条短信发给谁？短信暂存，请回复 @ 加对方的名字。',
  },
  alarms: chineseAlarms,
  or: ' 或 ',
  remarks: {
    waiting: '网络提示有待取的消息：{kinds}。',
    waitingOver: '网络提示以下消息已无待取：{kinds}。',
    waitingKinds: { voice: '语音留言', fax: '传真', email: '电子邮件', video: '视频留言', other: '其他消息' },
    mms: '收到一条彩信通知。短信网关无法下载或显示彩信。',
    mmsFacts: {
      from: '发件人：{value}',
      subject: '主题：{value}',
      size: '大小：{value}',
      expiresAt: '可下载至：{value}',
      messageClass: '类别：{value}',
      host: '存放于：{value}',
    },
    mmsClasses: { personal: '个人', advertisement: '广告', informational: '通知', auto: '自动' },
    data: '收到一条供程序使用的数据短信，不是文字。',
    dataText: '收到一条供程序使用的消息，可读作文字：',
    compressed: '收到一条压缩的短信。短信网关无法解压，原始内容如下：',
    push: '这是一条 WAP 推送，内容类型：{type}。',
    port: '收件方是程序，不是人；端口：{port}。',
    provisioning: '它会更改手机的设置。短信网关不会采用。如果没有人要求过这些设置，请向运营商查询。',
    undecodable: '收到一条无法解码的短信，原始内容如下：',
    cannotAnswer: '发件人是名称或短号码，无法回复。',
    replaces: '这条短信取代同一发件人较早的一条（如果有的话）。',
    returnCall: '这条短信的发件人请您回电。',
    missedCall: '{caller} 的未接来电，{time}',
    missedCallWithheld: '未接来电，号码隐藏或未知，{time}',
    rings: '响铃次数：{rings}',
    headerDamaged: '这条短信的报头有误：{header}。',
    severalPeople: '这部手机正在和几个人对话：{names}。无法判断它在回复谁。',
    partsMissing: '这条短信有 {parts} 段，其中 {missing} 段尚未收到。',
  },
}
